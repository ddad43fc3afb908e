/** A hub on this machine: serves the files of one model, and misbehaves as tests ask. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a fake hub serves, and how. */
export interface FakeHubContent {
  readonly commit: string;
  /** Of files over 100 bytes the hub gives a sha256, as of large files; of others git's sha1. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Answers a request for a file in another way. @returns whether it did. */
  readonly misbehave?: (request: IncomingMessage, response: ServerResponse, content: Uint8Array) => boolean;
  /** Without it every request is refused. */
  readonly token?: string;
  /** In place of the listing. */
  readonly listing?: unknown;
}

/** A running fake hub. */
export interface FakeHub {
  readonly endpoint: string;
  /** What was asked for so far: path, and the range if there was one. */
  readonly requests: readonly string[];
}

const sha1 = (content: Uint8Array): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

/** Starts a hub for `org/name` that stops when the running test ends. */
export async function startFakeHub(hub: FakeHubContent): Promise<FakeHub> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.range].filter(Boolean).join(" "));
    answer(hub, request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function answer(hub: FakeHubContent, request: IncomingMessage, response: ServerResponse): void {
  const send = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): void => {
    response.writeHead(status, headers).end(body);
  };
  const url = request.url ?? "";
  const content = hub.files[decodeURIComponent(url.split(`/org/name/resolve/${hub.commit}/`)[1] ?? "")];
  const isListing = /^\/api\/models\/org\/name\/revision\/(?:main|v1)\?blobs=true$/.test(url);
  if (hub.token !== undefined && request.headers.authorization !== `Bearer ${hub.token}`) send(401, "");
  else if (isListing) send(200, JSON.stringify(hub.listing ?? listingOf(hub)));
  else if (content === undefined) send(404, "");
  else if (!hub.misbehave?.(request, response, content)) sendFile(content, request.headers.range, send);
}

type Send = (status: number, body: Uint8Array, headers?: Record<string, string>) => void;

function sendFile(content: Uint8Array, range: string | undefined, send: Send): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const headers = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  if (start > 0) send(206, content.subarray(start), headers);
  else send(200, content);
}

function listingOf({ commit, files }: FakeHubContent): unknown {
  const siblings = Object.entries(files).map(([rfilename, content]) => {
    const lfs = { sha256: createHash("sha256").update(content).digest("hex"), size: content.length };
    return { rfilename, size: content.length, blobId: sha1(content), ...(content.length > 100 ? { lfs } : {}) };
  });
  return { sha: commit, siblings };
}
