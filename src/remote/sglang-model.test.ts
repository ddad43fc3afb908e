import { describe, expect, it } from "vitest";
import { type Received, type Reply, startRemoteServer } from "../../test/remote-server.ts";
import { createSglangModel } from "./sglang-model.ts";

async function modelOf(answer: (request: Received) => Reply) {
  const server = await startRemoteServer(answer);
  return { server, model: createSglangModel({ url: server.url, tries: 1 }) };
}

/** One token a character, the i-th of log-probability −i. */
const weighed = ({ body }: Received): Reply => {
  const text = String(body["text"] ?? (body["input_ids"] as number[]).join(""));
  const input_token_logprobs = Array.from(text, (character, i) => [i === 0 ? null : -i, i, character]);
  const input_top_logprobs = Array.from(text, (character, i) =>
    i === 0 ? null : [[character === "z" ? -0.1 : -i, 0, null]],
  );
  return { json: { text: "", meta_info: { input_token_logprobs, input_top_logprobs } } };
};

describe("createSglangModel", () => {
  it("replaces weights, and says when the server cannot: remote/refused", async () => {
    const { server, model } = await modelOf(({ body }) => ({
      json: { success: body["model_path"] === "/good", message: "no such folder" },
    }));
    await model.load("/good");
    expect(server.received[0]).toMatchObject({ path: "/update_weights_from_disk", body: { model_path: "/good" } });
    await expect(model.load("/bad")).rejects.toThrow(expect.objectContaining({ code: "remote/refused" }));
  });

  it("writes texts, from texts and from ids", async () => {
    const { server, model } = await modelOf(() => ({
      json: { text: "yes\nno", output_ids: [5, 6], meta_info: { finish_reason: { type: "length" } } },
    }));
    const ask = { prompt: "p", maxTokens: 4, until: ["\n", ""] };
    expect(await model.generate([ask, { ...ask, prompt: [1, 2], until: [] }])).toEqual([
      { text: "yes", ids: [5, 6], stoppedBy: "until", truncated: false },
      { text: "yes\nno", ids: [5, 6], stoppedBy: "length", truncated: false },
    ]);
    expect(server.received.map(({ body }) => body)).toContainEqual({
      text: "p",
      sampling_params: { max_new_tokens: 4, stop: ["\n"], temperature: 0 },
    });
    expect(server.received.map(({ body }) => body["input_ids"])).toContainEqual([1, 2]);
  });

  it("weighs continuations, which begin where the context's tokens end", async () => {
    const { model } = await modelOf(weighed);
    expect(
      await model.score([
        { context: "ab ", continuation: "cd" },
        { context: "ab", continuation: "cz" },
        { context: "", continuation: "abc" },
        { context: [1, 2], continuation: [3] },
      ]),
    ).toEqual([
      { logprob: -9, greedy: true, tokens: 3, truncated: false },
      { logprob: -5, greedy: false, tokens: 2, truncated: false },
      { logprob: -3, greedy: true, tokens: 2, truncated: false },
      { logprob: -2, greedy: true, tokens: 1, truncated: false },
    ]);
  });

  it("wants log-probabilities, and texts or ids on both sides", async () => {
    const { model } = await modelOf(() => ({ json: { text: "", meta_info: {} } }));
    const refused = (code: string) => expect.objectContaining({ code });
    await expect(model.score([{ context: "a", continuation: "b" }])).rejects.toThrow(refused("remote/no_logprobs"));
    const mixed = await modelOf(weighed);
    await expect(mixed.model.score([{ context: [1], continuation: "b" }])).rejects.toThrow(
      refused("remote/ids_not_taken"),
    );
  });
});
