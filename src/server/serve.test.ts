import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineGeneration, EngineRequest } from "../engine/engine-request.ts";
import { engineErrors } from "../engine/errors.ts";
import type { Prompt } from "../model/language-model.ts";
import { type Serving, serve } from "./serve.ts";

/** Writes the words it is given, one token each, with a pause before each. */
const asked: EngineRequest[] = [];
let aborted = 0;
const words = ["It", " is", " four", "."];

async function write(request: EngineRequest): Promise<EngineGeneration> {
  asked.push(request);
  if (request.prompt === "broken") throw engineErrors.not_finite({ model: "toy", request: 0 });
  if (request.prompt === "lost") throw new Error("the disk is gone");
  const limit = request.prompt === "endless" ? 1000 : Math.min(words.length, request.maxTokens);
  const ids: number[] = [];
  let text = "";
  for (let i = 0; i < limit; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (request.signal?.aborted === true) {
      aborted++;
      break;
    }
    ids.push(i % words.length);
    text += words[i % words.length];
    const logprobs = request.alternatives === undefined ? undefined : logprobOf(i % words.length);
    request.onToken?.({ ids, text, logprobs });
  }
  const logprobs = request.alternatives === undefined ? {} : { logprobs: ids.map(logprobOf) };
  return { text, ids, promptTokens: 3, stoppedBy: "eos", truncated: false, ...logprobs };
}

function logprobOf(id: number) {
  return { id, logprob: -0.5, top: [{ id, logprob: -0.5 }] };
}

let serving: Serving;
beforeAll(async () => {
  const engine = {
    generate: (requests: readonly EngineRequest[]) => Promise.all(requests.map(write)),
    chatPrompt: async (messages: readonly object[]) => [messages.length],
    spell: (id: number) => words[id]!,
    readPrompt: (prompt: Prompt) => ({ ids: typeof prompt === "string" ? [0, 1] : prompt, text: "It is" }),
    readBack: async (sequences: readonly (readonly number[])[]) => sequences.map((ids) => ids.slice(1).map(logprobOf)),
  };
  const now = () => 5_000_000;
  serving = await serve({ engine, modelName: "toy", now, host: "127.0.0.1", port: 0, maxBodyBytes: 2000 });
});
afterAll(() => serving[Symbol.asyncDispose]());

function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(`${serving.url}${path}`, { method: "POST", body: text, headers });
}

async function events(response: Response): Promise<readonly Readonly<Record<string, unknown>>[]> {
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const parts = (await response.text()).split("\n\n").filter((part) => part !== "");
  expect(parts.pop()).toBe("data: [DONE]");
  return parts.map((part) => JSON.parse(part.replace(/^data: /, "")) as Readonly<Record<string, unknown>>);
}

describe("the server", () => {
  it("names its model", async () => {
    const response = await fetch(`${serving.url}/models`);
    expect(await response.json()).toEqual({
      object: "list",
      data: [{ id: "toy", object: "model", created: 5000, owned_by: "merganser" }],
    });
  });

  it("completes prompts", async () => {
    const response = await post("/completions", {
      prompt: ["a", [1, 2]],
      max_tokens: 2,
      temperature: 0,
      stop: "x",
      n: 2,
    });
    const body = (await response.json()) as { readonly choices: readonly object[] };
    expect(body).toMatchObject({
      object: "text_completion",
      model: "toy",
      usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
    });
    expect(body.choices).toHaveLength(4);
    expect(body.choices[3]).toEqual({ index: 3, text: "It is", finish_reason: "stop", logprobs: null });
    expect(asked.slice(-4).map(({ prompt, sampling }) => [prompt, sampling?.seed])).toEqual([
      ["a", 0],
      ["a", 1],
      [[1, 2], 2],
      [[1, 2], 3],
    ]);
    expect(asked.at(-1)).toMatchObject({ maxTokens: 2, until: ["x"], sampling: { temperature: 0 } });
  });

  it("repeats prompts, with the probabilities of their tokens", async () => {
    const body = { max_tokens: 1, echo: true, logprobs: 1 };
    const response = await post("/completions", { ...body, prompt: ["It is", [0, 1]] });
    const { choices } = (await response.json()) as { readonly choices: readonly object[] };
    expect(choices).toHaveLength(2);
    expect(choices[1]).toEqual({ ...choices[0], index: 1 });
    expect(choices[0]).toMatchObject({
      text: "It isIt",
      logprobs: {
        tokens: ["It", " is", "It"],
        token_logprobs: [null, -0.5, -0.5],
        top_logprobs: [null, { " is": -0.5 }, { It: -0.5 }],
        text_offset: [0, 2, 5],
      },
    });
    const plain = await post("/completions", { max_tokens: 1, echo: true, prompt: [0, 1] });
    expect(await plain.json()).toMatchObject({ choices: [{ text: "It isIt", logprobs: null }] });
  });

  it("answers in a chat, with logarithms of probabilities", async () => {
    const messages = [
      { role: "system", content: "Be kind." },
      { role: "user", content: [{ type: "text", text: "2+2?" }] },
    ];
    const response = await post("/chat/completions", { messages, logprobs: true, top_logprobs: 1 });
    const { choices, object } = (await response.json()) as {
      readonly object: string;
      readonly choices: readonly { readonly logprobs: { readonly content: readonly object[] } }[];
    };
    expect(object).toBe("chat.completion");
    expect(choices[0]).toMatchObject({ message: { role: "assistant", content: "It is four." }, finish_reason: "stop" });
    const four = { token: " four", logprob: -0.5, bytes: [32, 102, 111, 117, 114] };
    expect(choices[0]!.logprobs.content[2]).toEqual({ ...four, top_logprobs: [four] });
    expect(asked.at(-1)).toMatchObject({ prompt: [2], maxTokens: 1024, alternatives: 1, sampling: { temperature: 1 } });
  });

  it("streams completions and chats", async () => {
    const plain = await events(await post("/completions", { prompt: "a", stream: true, logprobs: 0 }));
    const texts = plain.map((part) => (part["choices"] as readonly { readonly text: string }[])[0]!.text);
    expect(texts.join("")).toBe("It is four.");
    expect(plain.at(-1)!["choices"]).toEqual([{ index: 0, text: "", logprobs: null, finish_reason: "stop" }]);
    const messages = [{ role: "user", content: "2+2?" }];
    const options = { stream: true, stream_options: { include_usage: true } };
    const chat = await events(await post("/chat/completions", { messages, ...options }));
    const deltas = chat
      .slice(0, -1)
      .map((part) => (part["choices"] as readonly { readonly delta: object }[])[0]!.delta);
    expect(deltas[0]).toEqual({ role: "assistant", content: "" });
    expect(deltas.slice(1, -1).map((delta) => (delta as { readonly content: string }).content)).toEqual(words);
    expect(chat.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
  });

  it("stops writing when the client leaves", async () => {
    const before = aborted;
    const controller = new AbortController();
    const body = JSON.stringify({ prompt: "endless", max_tokens: 1000, stream: true });
    const response = await fetch(`${serving.url}/completions`, { method: "POST", body, signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    await expect.poll(() => aborted).toBe(before + 1);
  });
});

describe("a request that cannot be answered", () => {
  const refused: readonly (readonly [string, string, unknown, number, string])[] = [
    ["text that is no JSON", "/completions", "{", 400, "server/not_json"],
    ["a list", "/completions", [1], 400, "server/bad_parameter"],
    ["no prompt", "/completions", {}, 400, "server/bad_parameter"],
    ["no prompts", "/completions", { prompt: [] }, 400, "server/bad_parameter"],
    ["too many texts", "/completions", { prompt: ["a", "b"], n: 40 }, 400, "server/bad_parameter"],
    ["a stream that repeats", "/completions", { prompt: "a", echo: true, stream: true }, 400, "server/bad_parameter"],
    ["a temperature below 0", "/completions", { prompt: "a", temperature: -1 }, 400, "server/bad_parameter"],
    ["half a token", "/completions", { prompt: "a", max_tokens: 1.5 }, 400, "server/bad_parameter"],
    ["stop strings that are none", "/completions", { prompt: "a", stop: [1] }, 400, "server/bad_parameter"],
    ["too many stop strings", "/completions", { prompt: "a", stop: Array(17).fill("x") }, 400, "server/bad_parameter"],
    ["a penalty of another kind", "/completions", { prompt: "a", presence_penalty: 1 }, 400, "server/bad_parameter"],
    ["a stream that is no truth value", "/completions", { prompt: "a", stream: "yes" }, 400, "server/bad_parameter"],
    ["no messages", "/chat/completions", { messages: [] }, 400, "server/bad_parameter"],
    [
      "a picture",
      "/chat/completions",
      { messages: [{ role: "user", content: [{ type: "image" }] }] },
      400,
      "server/bad_parameter",
    ],
    [
      "alternatives to nothing",
      "/chat/completions",
      { messages: [{ role: "user", content: "a" }], top_logprobs: 2 },
      400,
      "server/bad_parameter",
    ],
    ["a long body", "/completions", { prompt: "a".repeat(3000) }, 413, "server/body_too_long"],
    ["another path", "/embeddings", {}, 404, "server/not_found"],
    ["another method", "/models", {}, 405, "server/wrong_method"],
    ["what the model cannot do", "/completions", { prompt: "broken" }, 400, "engine/not_finite"],
    ["what the machine cannot do", "/completions", { prompt: "lost", stream: true }, 500, "server/failed"],
  ];
  it.each(refused)("with %s gets an error with a code", async (_, path, body, status, code) => {
    const response = await post(path, body);
    const { error } = (await response.json()) as { readonly error: Readonly<Record<string, unknown>> };
    expect([response.status, error["code"]]).toEqual([status, code]);
    expect(error["message"]).toEqual(expect.any(String));
    expect(error["type"]).toBe(status < 500 ? "invalid_request_error" : "server_error");
  });

  it("is told which parameter is wrong", async () => {
    const response = await post("/completions", { prompt: "a", top_p: 2 });
    expect(await response.json()).toMatchObject({
      error: { param: "top_p", message: expect.stringContaining("is 2") },
    });
  });

  it("for another host, as a page from elsewhere sends it, is refused", async () => {
    const { port } = new URL(serving.url);
    const status = await new Promise((resolve) => {
      const headers = { host: "evil.example" };
      httpRequest({ port, host: "127.0.0.1", path: "/v1/models", headers }, ({ statusCode }) =>
        resolve(statusCode),
      ).end();
    });
    expect(status).toBe(403);
  });
});

describe("pages in a browser", () => {
  it("of this machine may ask, others may not read", async () => {
    const from = async (origin: string) =>
      (await fetch(`${serving.url}/models`, { method: "OPTIONS", headers: { origin } })).headers.get(
        "access-control-allow-origin",
      );
    expect(await from("http://localhost:3000")).toBe("http://localhost:3000");
    expect(await from("https://evil.example")).toBeNull();
    expect(await from("null")).toBeNull();
  });
});

it("says when it cannot listen", async () => {
  const port = Number(new URL(serving.url).port);
  const unused = { readPrompt: () => ({ ids: [], text: "" }), readBack: async () => [] };
  const engine = { generate: async () => [], chatPrompt: async () => [], spell: () => "", ...unused };
  const starting = serve({ engine, modelName: "toy", now: Date.now, host: "127.0.0.1", port, maxBodyBytes: 1 });
  await expect(starting).rejects.toMatchObject({ code: "server/cannot_listen" });
});

it("refuses bodies that are not UTF-8", async () => {
  const response = await fetch(`${serving.url}/completions`, { method: "POST", body: Uint8Array.of(0xff, 0xfe) });
  expect(await response.json()).toMatchObject({ error: { code: "server/not_json" } });
});

it("names hosts that are foreign by their code", async () => {
  const { port } = new URL(serving.url);
  const text = await new Promise<string>((resolve) => {
    const options = { port, host: "127.0.0.1", path: "/v1/models", headers: { host: "evil.example" } };
    httpRequest(options, async (response) => {
      let all = "";
      for await (const part of response) all += String(part);
      resolve(all);
    }).end();
  });
  expect(text).toContain("server/foreign_host");
});
