/** HTTP for one model: an interface like OpenAI's, for clients on the same machine. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CodedError } from "../base/errors.ts";
import { type AnswerParts, type Answers, createAnswers, type Sent } from "./answer-requests.ts";
import { serverErrors, serverMachineErrors } from "./errors.ts";

/** Settings of a server. */
export interface ServeOptions extends AnswerParts {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly maxBodyBytes: number;
}

/** A server that listens. */
export interface Serving {
  /** Where clients find it, such as `http://127.0.0.1:8080/v1`. */
  readonly url: string;
  /** Stops listening, and lets go of clients. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server. @throws server/cannot_listen */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { host, port } = options;
  const answers = createAnswers(options);
  const server = createServer((request, response) => void handle({ request, response, answers, options }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(serverMachineErrors.cannot_listen({ host, port, why: cause.message }, cause)),
    );
    server.listen(port, host, resolve);
  });
  const { port: open } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${open}/v1`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answers: Answers;
  readonly options: ServeOptions;
}

const PATHS = ["/v1/models", "/v1/completions", "/v1/chat/completions"] as const;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

async function handle(exchange: Exchange): Promise<void> {
  const { request, response, options } = exchange;
  try {
    checkHost(request, options.host);
    allowLocalPages(request, response);
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else await answer(exchange);
  } catch (error) {
    fail(response, error);
  }
}

/** A page from elsewhere may have its own name point here; its requests then carry that name. */
function checkHost({ headers }: IncomingMessage, host: string): void {
  const asked = (headers.host ?? "").replace(/:\d+$/, "");
  const isOwn = !LOOPBACK.test(host.includes(":") ? `[${host}]` : host) || LOOPBACK.test(asked);
  if (!isOwn) throw serverErrors.foreign_host({ host: asked });
}

/** Chat clients that run in a browser come from a page of this machine. */
function allowLocalPages({ headers }: IncomingMessage, response: ServerResponse): void {
  const { origin } = headers;
  if (origin === undefined || !URL.canParse(origin) || !LOOPBACK.test(new URL(origin).hostname)) return;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type");
  response.setHeader("Vary", "Origin");
}

async function answer({ request, response, answers, options }: Exchange): Promise<void> {
  const path = (request.url ?? "").replace(/\?.*$/, "").replace(/^(?!\/v1\/)/, "/v1");
  const allowed = path === "/v1/models" ? "GET" : "POST";
  if (!PATHS.some((known) => known === path)) throw serverErrors.not_found({ path: request.url ?? "", known: PATHS });
  if (request.method !== allowed) throw serverErrors.wrong_method({ path, method: request.method ?? "", allowed });
  if (path === "/v1/models") return sendWhole(response, 200, answers.models());
  const leaving = new AbortController();
  response.on("close", () => leaving.abort());
  const body = await readText(request, options.maxBodyBytes);
  const kind = path === "/v1/completions" ? "completion" : "chat";
  const answered = await answers.complete(kind, body, leaving.signal);
  if (answered.kind === "whole") return sendWhole(response, 200, answered.body);
  await answered.run((part) => sendPart(response, part));
  openStream(response).end("data: [DONE]\n\n");
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > maxBytes) throw serverErrors.body_too_long({ maxBytes });
    parts.push(part as Buffer);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw serverErrors.not_json({ why: "it is not UTF-8" }, cause);
  }
}

function sendWhole(response: ServerResponse, status: number, body: Sent): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function openStream(response: ServerResponse): ServerResponse {
  if (!response.headersSent)
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  return response;
}

function sendPart(response: ServerResponse, part: Sent): void {
  openStream(response).write(`data: ${JSON.stringify(part)}\n\n`);
}

const STATUS: Readonly<Record<string, number>> = {
  "server/not_found": 404,
  "server/wrong_method": 405,
  "server/body_too_long": 413,
  "server/foreign_host": 403,
};

/** A stream that has begun cannot change its status: it ends with the error. */
function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const coded = error instanceof CodedError ? error : undefined;
  const isTheirs = coded?.blame === "input";
  const body = {
    error: {
      message,
      type: isTheirs ? "invalid_request_error" : "server_error",
      code: coded?.code ?? "server/failed",
      param: typeof coded?.details["param"] === "string" ? coded.details["param"] : null,
    },
  };
  if (response.headersSent) {
    sendPart(response, body);
    response.end();
    return;
  }
  response.setHeader("Connection", "close");
  sendWhole(response, STATUS[body.error.code] ?? (isTheirs ? 400 : 500), body);
}
