import { describe, expect, it } from "vitest";
import { type Received, type Reply, startRemoteServer } from "../../test/remote-server.ts";
import { promptOfMessages } from "./chat-prompt.ts";
import { createOpenAiModel } from "./openai-model.ts";

async function modelOf(answer: (request: Received) => Reply, api: "completions" | "chat" = "completions") {
  const server = await startRemoteServer(answer);
  return { server, model: createOpenAiModel({ url: `${server.url}/v1`, model: "m", api, tries: 1 }) };
}

const text = (written: string, finish_reason = "stop"): Reply => ({
  json: { choices: [{ text: written, finish_reason }] },
});
const ask = { prompt: "p", maxTokens: 5, until: ["\n", "b", "c", "d", "e"] };

/** Echoes the prompt in tokens of two characters, with the log-probability −i of the i-th. */
const echo = (request: Received, greedy = true): Reply => {
  const tokens = Array.from(String(request.body["prompt"]).matchAll(/..?/gsu), ([token]) => token).concat("!!");
  const token_logprobs = tokens.map((_, i) => (i === 0 ? null : -i));
  const top_logprobs = tokens.map((token, i) => (i === 0 ? null : { [greedy ? token : "x"]: greedy ? -i : -0.5 }));
  const offsets = tokens.map((_, i) => 2 * i);
  return {
    json: { choices: [{ text: "", logprobs: { tokens, token_logprobs, text_offset: offsets, top_logprobs } }] },
  };
};

describe("createOpenAiModel", () => {
  it("continues texts, with the request's settings, and looks itself for stops beyond the fourth", async () => {
    const { server, model } = await modelOf(() => text("abc ef"));
    const [first] = await model.generate([{ ...ask, until: ["1", "2", "3", "4", "e"] }]);
    expect(first).toEqual({ text: "abc ", ids: [], stoppedBy: "until", truncated: false });
    expect(server.received[0]).toMatchObject({
      path: "/v1/completions",
      body: { model: "m", prompt: "p", max_tokens: 5, stop: ["1", "2", "3", "4"], temperature: 0 },
    });
    await model.generate([{ ...ask, sampling: { temperature: 0.7, topP: 0.9, topK: 5, seed: 3 } }]);
    expect(server.received[1]!.body).toMatchObject({ temperature: 0.7, top_p: 0.9, top_k: 5, seed: 3 });
  });

  it("tells what ended a text", async () => {
    const { model } = await modelOf(({ body }) => text("x", body["prompt"] === "long" ? "length" : "stop"));
    const written = await model.generate([{ ...ask, prompt: "long" }, ask]);
    expect(written.map(({ stoppedBy }) => stoppedBy)).toEqual(["length", "eos"]);
  });

  it("weighs continuations by echoed log-probabilities; white space between belongs to them", async () => {
    const { model } = await modelOf((request) => echo(request));
    const scores = await model.score([
      { context: "abcd", continuation: "ef" },
      { context: "abc ", continuation: "efgh" },
      { context: "", continuation: "abcd" },
      { context: "x", continuation: "abcd", rolling: true },
    ]);
    expect(scores).toEqual([
      { logprob: -2, greedy: true, tokens: 1, truncated: false },
      { logprob: -5, greedy: true, tokens: 2, truncated: false },
      { logprob: -1, greedy: true, tokens: 1, truncated: false },
      { logprob: -1, greedy: true, tokens: 1, truncated: false },
    ]);
    const other = await modelOf((request) => echo(request, false));
    expect((await other.model.score([{ context: "abcd", continuation: "ef" }]))[0]!.greedy).toBe(false);
  });

  it("answers questions as turns of a chat", async () => {
    const { server, model } = await modelOf(() => ({ json: { choices: [{ message: { content: "hi" } }] } }), "chat");
    const messages = [
      { role: "system", content: "s" },
      { role: "user", content: "u" },
    ];
    const written = await model.generate([ask, { ...ask, prompt: promptOfMessages(messages) }]);
    expect(written.map((one) => one.text)).toEqual(["hi", "hi"]);
    expect(server.received.map(({ path, body }) => [path, body["messages"]])).toEqual([
      ["/v1/chat/completions", [{ role: "user", content: "p" }]],
      ["/v1/chat/completions", messages],
    ]);
    await expect((async () => model.score([{ context: "a", continuation: "b" }]))()).rejects.toThrow(
      expect.objectContaining({ code: "remote/no_logprobs" }),
    );
  });

  it.each<[string, Reply]>([
    ["remote/no_logprobs", { json: { choices: [{ text: "x", logprobs: null }] } }],
    ["remote/bad_answer", { json: { choices: [] } }],
    ["remote/bad_answer", { json: { choices: [{ logprobs: { tokens: 1 } }] } }],
  ])("says %s for %j", async (code, reply) => {
    const { model } = await modelOf(() => reply);
    const scored = model.score([{ context: "a", continuation: "b" }]);
    await expect(scored).rejects.toThrow(expect.objectContaining({ code }));
  });

  it("takes no ids: remote/ids_not_taken", async () => {
    const { model } = await modelOf(() => text("x"));
    const written = model.generate([{ ...ask, prompt: [1, 2] }]);
    await expect(written).rejects.toThrow(expect.objectContaining({ code: "remote/ids_not_taken" }));
  });
});
