import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type GeneratedOptions, generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { openFolderModel } from "../model/folder-model.ts";
import type { ContinuationScore } from "../model/language-model.ts";
import type { Model, ModelConfig } from "../model/model.ts";
import { type Engine, type EngineOptions, openEngine } from "./engine.ts";

const DATA = join(import.meta.dirname, "../../test/golden/data");
const kernels = createPlainKernels(2 ** 24);

function small(config: ModelConfig = {}, options: GeneratedOptions = {}): Model {
  return generateModel({ ...LLAMA_CONFIG, ...config }, LLAMA_SHAPES, options);
}

async function open(model: Model, options: Omit<EngineOptions, "kernels"> = {}): Promise<Engine> {
  const engine = await openEngine(model, { kernels, threads: 1, ...options });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

function openChat(options?: Omit<EngineOptions, "kernels">): Promise<Engine> {
  return open(openFolderModel(join(DATA, "models/llama/chat")), options);
}

/** Prompts of 1 to `longest` ids below 28, all different. */
function prompts(count: number, longest: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 1 + ((i * 7) % longest) }, (_, t) => (i * 5 + t * t + t * i) % 28),
  );
}

/** Log-probabilities in float64. */
function logSoftmax(logits: Float32Array): readonly number[] {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, value) => total + Math.exp(value - largest), 0);
  return Array.from(logits, (value) => value - largest - Math.log(sum));
}

describe("generate", () => {
  it("writes the same tokens whatever else is asked, in whatever memory", async () => {
    const requests = prompts(40, 30).map((prompt, i) => ({ prompt, maxTokens: 1 + ((i * 11) % 30), until: [] }));
    const roomy = await open(small());
    const alone = [];
    for (const request of requests) alone.push(...(await roomy.generate([request])));
    expect(await roomy.generate(requests)).toEqual(alone);
    expect(await roomy.generate(requests.toReversed())).toEqual(alone.toReversed());
    const positionBytes = 2 * 2 * 1 * 16 * 4;
    const tight = await open(small(), { memoryBytes: 2 * 150 * positionBytes });
    expect(await tight.generate(requests)).toEqual(alone);
  });

  it("writes what the whole sequence, read at once, calls most probable", async () => {
    const engine = await open(small());
    const prompt = [3, 1, 4, 1, 5];
    const [written] = await engine.generate([{ prompt, maxTokens: 12, until: [] }]);
    const all = [...prompt, ...written!.ids];
    const [logits] = await engine.logits([all]);
    const best = all.map((_, t) => {
      const row = [...logits!.subarray(t * 28, (t + 1) * 28)];
      return row.indexOf(Math.max(...row));
    });
    expect(written!.ids).toEqual(best.slice(prompt.length - 1, -1));
  });

  it("stops at the model's end-of-sequence id", async () => {
    const free = await open(small());
    const request = { prompt: [3, 1, 4], maxTokens: 10, until: [] };
    const ids = (await free.generate([request]))[0]!.ids;
    const eos = ids[4]!;
    const engine = await open(small({ eos_token_id: eos }));
    const [written] = await engine.generate([request]);
    expect(written).toEqual({
      text: "",
      ids: ids.slice(0, ids.indexOf(eos) + 1),
      stoppedBy: "eos",
      truncated: false,
      promptTokens: 3,
    });
  });

  it("stops at stop strings, and keeps the tokens up to them", async () => {
    const engine = await openChat();
    const request = { prompt: "The quick brown fox", maxTokens: 12, until: [] };
    const [whole] = await engine.generate([request]);
    expect(whole!.stoppedBy).toBe("length");
    const stop = whole!.text.slice(3, 6);
    const [cut] = await engine.generate([{ ...request, until: ["never this", stop] }]);
    expect(cut!.stoppedBy).toBe("until");
    expect(cut!.text).toBe(whole!.text.slice(0, whole!.text.indexOf(stop)));
    expect(whole!.ids.slice(0, cut!.ids.length)).toEqual(cut!.ids);
  });

  it("ends where the context ends", async () => {
    const engine = await open(small());
    const prompt = Array.from({ length: 60 }, (_, i) => i % 28);
    const [stopped, full, cut] = await engine.generate([
      { prompt, maxTokens: 10, until: [] },
      { prompt, maxTokens: 4, until: [] },
      { prompt, maxTokens: 10, until: [], overflow: "cut" },
    ]);
    expect(stopped).toMatchObject({ stoppedBy: "context", truncated: false });
    expect(stopped!.ids).toHaveLength(4);
    expect(full).toMatchObject({ ids: stopped!.ids, stoppedBy: "length" });
    expect(cut).toMatchObject({ stoppedBy: "length", truncated: true });
    expect(cut!.ids).toEqual((await engine.generate([{ prompt: prompt.slice(6), maxTokens: 10, until: [] }]))[0]!.ids);
  });

  it("writes nothing if asked for nothing", async () => {
    const engine = await open(small());
    expect(await engine.generate([])).toEqual([]);
    expect(await engine.generate([{ prompt: [1], maxTokens: 0, until: [] }])).toEqual([
      { text: "", ids: [], stoppedBy: "length", truncated: false, promptTokens: 1 },
    ]);
  });

  it("leaves tokens that the tokenizer does not know out of the text", async () => {
    const edit = (name: string, values: Float32Array): void => {
      if (name === "model.norm.weight") values.fill(0);
      if (name === "lm_head.weight") values.fill(0);
    };
    const shapes = { ...LLAMA_SHAPES, "model.embed_tokens.weight": [700, 32], "lm_head.weight": [700, 32] };
    const filesFolder = join(DATA, "tokenizers/zoo");
    const engine = await open(generateModel(LLAMA_CONFIG, shapes, { edit, filesFolder }));
    const [written] = await engine.generate([{ prompt: [695], maxTokens: 2, until: [] }]);
    expect(written!.ids).toEqual([0, 0]);
    expect(written!.text).toBe("");
  });

  it("refuses requests that make no sense, by their place", async () => {
    const engine = await open(small());
    const good = { prompt: [1], maxTokens: 1, until: [] };
    const refused = (request: object) => expect(engine.generate([good, { ...good, ...request }])).rejects;
    await refused({ maxTokens: -1 }).toMatchObject({ code: "engine/bad_max_tokens", details: { request: 1 } });
    await refused({ prompt: [28] }).toMatchObject({ code: "engine/unknown_token", details: { id: 28 } });
    const prompt = Array.from({ length: 64 }, () => 1);
    await refused({ prompt }).toMatchObject({ code: "engine/prompt_too_long", details: { request: 1, tokens: 64 } });
  });

  it("says when the model computes values that are not numbers", async () => {
    const edit = (name: string, values: Float32Array): void => {
      if (name === "model.layers.1.mlp.down_proj.weight") values[5] = Number.NaN;
    };
    const engine = await open(small({}, { name: "broken", edit }));
    const error = { code: "engine/not_finite", details: { model: "broken", request: 0 } };
    await expect(engine.generate([{ prompt: [1], maxTokens: 1, until: [] }])).rejects.toMatchObject(error);
    await expect(engine.score([{ context: [1], continuation: [2] }])).rejects.toMatchObject(error);
  });

  it("refuses a sequence that the memory cannot hold", async () => {
    const engine = await open(small(), { memoryBytes: 4096 });
    const request = { prompt: [1, 2, 3], maxTokens: 20, until: [] };
    await expect(engine.generate([request])).rejects.toMatchObject({ code: "engine/out_of_memory" });
    expect((await engine.generate([{ ...request, maxTokens: 2 }]))[0]!.ids).toHaveLength(2);
  });

  it("stops between steps when it is told to", async () => {
    const engine = await open(small());
    const controller = new AbortController();
    const requests = prompts(4, 20).map((prompt) => ({ prompt, maxTokens: 40, until: [] }));
    const running = engine.generate(requests, controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 1);
    await expect(running).rejects.toThrow("enough");
    await expect(engine.score([{ context: [1], continuation: [2] }], AbortSignal.abort())).rejects.toThrow("aborted");
    expect(await engine.generate([{ prompt: [1], maxTokens: 1, until: [] }])).toHaveLength(1);
  });
});

describe("score", () => {
  it("sums log-probabilities of the continuation, as float64 gives them", async () => {
    const engine = await open(small());
    const [context, continuation] = [
      [3, 1, 4],
      [1, 5, 9, 2],
    ];
    const [score] = await engine.score([{ context, continuation }]);
    const [logits] = await engine.logits([[...context, ...continuation]]);
    const rows = continuation.map((_, i) => logSoftmax(logits!.subarray((i + 2) * 28, (i + 3) * 28)));
    const expected = rows.reduce((sum, row, i) => sum + row[continuation[i]!]!, 0);
    expect(score!.logprob).toBeCloseTo(expected, 4);
    expect(score).toMatchObject({ tokens: 4, truncated: false, greedy: false });
  });

  it("knows what greedy decoding would write", async () => {
    const engine = await open(small());
    const [written] = await engine.generate([{ prompt: [3, 1, 4], maxTokens: 5, until: [] }]);
    const almost = written!.ids.with(4, (written!.ids[4]! + 1) % 28);
    const scores = await engine.score(
      [written!.ids, almost].map((continuation) => ({ context: [3, 1, 4], continuation })),
    );
    expect(scores.map(({ greedy }) => greedy)).toEqual([true, false]);
  });

  it("gives the same scores whatever else is asked, in whatever memory", async () => {
    const pairs = prompts(30, 40).map((context, i) => ({ context, continuation: [i % 28, (3 * i) % 28].slice(i % 2) }));
    const roomy = await open(small());
    const alone: ContinuationScore[] = [];
    for (const pair of pairs) alone.push(...(await roomy.score([pair])));
    const close = (scores: readonly { readonly logprob: number }[]): void => {
      for (const [i, { logprob, ...rest }] of scores.entries()) {
        const { logprob: expected, ...others } = alone[i]!;
        expect(logprob).toBeCloseTo(expected, 4);
        expect(rest).toEqual(others);
      }
    };
    close(await roomy.score(pairs));
    close((await roomy.score(pairs.toReversed())).toReversed());
    close(await (await open(small(), { memoryBytes: 2 ** 16 })).score(pairs));
  });

  it("cuts a context that is too long on its left, and says so", async () => {
    const engine = await open(small());
    const context = Array.from({ length: 80 }, (_, i) => (i * i) % 28);
    const [cut, same] = await engine.score([
      { context, continuation: [1, 2] },
      { context: context.slice(-63), continuation: [1, 2] },
    ]);
    expect(cut).toEqual({ ...same, truncated: true });
  });

  it("starts an empty context from BOS", async () => {
    const engine = await openChat();
    const [empty, bos] = await engine.score([
      { context: "", continuation: "Hello" },
      { context: [0], continuation: "Hello" },
    ]);
    expect(empty).toEqual(bos);
  });

  it("refuses continuations that are empty or longer than the context", async () => {
    const engine = await open(small());
    const long = Array.from({ length: 65 }, () => 1);
    const refused = (continuation: readonly number[]) => expect(engine.score([{ context: [1], continuation }])).rejects;
    await refused([]).toMatchObject({ code: "engine/empty_continuation" });
    await refused(long).toMatchObject({ code: "engine/continuation_too_long", details: { tokens: 65, context: 64 } });
  });
});

describe("load", () => {
  const request = { prompt: [3, 1, 4], maxTokens: 8, until: [] };
  const shifted = { edit: (_: string, values: Float32Array) => void values.reverse() };

  it("replaces the weights, and makes no new session for the same shape", async () => {
    const fresh = await (await open(small({}, shifted))).generate([request]);
    const engine = await open(small());
    const before = await engine.generate([request]);
    const create = vi.spyOn(InferenceSession, "create");
    await engine.load(small({}, shifted));
    expect(await engine.generate([request])).toEqual(fresh);
    await engine.load(small());
    expect(await engine.generate([request])).toEqual(before);
    expect(create).not.toHaveBeenCalled();
  });

  it("takes a model of another shape", async () => {
    const engine = await open(small());
    await engine.load(openFolderModel(join(DATA, "models/mistral/chat")));
    expect(engine.contextLength).toBe(128);
    const [written] = await engine.generate([{ prompt: "Hello", maxTokens: 3, until: [] }]);
    expect(written!.ids).toHaveLength(3);
  });

  it("keeps the old model when the new one does not fit its own config", async () => {
    const engine = await open(small());
    const before = await engine.generate([request]);
    const lacking = generateModel(LLAMA_CONFIG, { ...LLAMA_SHAPES, "model.norm.weight": [31] });
    await expect(engine.load(lacking)).rejects.toMatchObject({ code: "engine/bad_shape" });
    await expect(engine.load(small({ hidden_act: "mish" }))).rejects.toMatchObject({ code: "engine/bad_config" });
    expect(await engine.generate([request])).toEqual(before);
  });

  it("has no model after reading broke off, until it loads one", async () => {
    const engine = await open(small());
    const before = await engine.generate([request]);
    const breaking: Model = {
      ...small({}, { name: "breaking" }),
      read() {
        throw new Error("the disk is gone");
      },
    };
    await expect(engine.load(breaking)).rejects.toThrow("the disk is gone");
    const error = { code: "engine/not_loaded", details: { model: "breaking" } };
    await expect(engine.generate([request])).rejects.toMatchObject(error);
    await expect(engine.score([{ context: [1], continuation: [1] }])).rejects.toMatchObject(error);
    await engine.load(small());
    expect(await engine.generate([request])).toEqual(before);
  });
});

describe("an engine", () => {
  it("answers calls one after the other, so that they may be made at once", async () => {
    const engine = await open(small());
    const request = { prompt: [3, 1, 4], maxTokens: 8, until: [] };
    const first = await engine.generate([request]);
    const edit = (_: string, values: Float32Array): void => void values.reverse();
    const [a, , b, , c] = await Promise.all([
      engine.generate([request]),
      engine.load(small({}, { edit })),
      engine.generate([request]),
      engine.load(small()),
      engine.generate([request]),
    ]);
    expect(a).toEqual(first);
    expect(b).not.toEqual(first);
    expect(c).toEqual(first);
  });

  it("shows hidden states whose last one gives the logits", async () => {
    const engine = await open(small());
    const ids = [3, 1, 4, 1, 5];
    const states = await engine.hiddens(ids);
    expect(states).toHaveLength(3);
    const [logits] = await engine.logits([ids]);
    const head = new Float32Array(28 * 32);
    small().read("lm_head.weight", 0, new Uint8Array(head.buffer));
    for (const [t, id] of [
      [0, 5],
      [4, 27],
    ] as const) {
      const product = Array.from({ length: 32 }, (_, c) => states[2]![t * 32 + c]! * head[id * 32 + c]!);
      expect(product.reduce((a, b) => a + b)).toBeCloseTo(logits![t * 28 + id]!, 4);
    }
  });

  it("refuses sequences longer than the context", async () => {
    const engine = await open(small());
    const ids = Array.from({ length: 65 }, () => 1);
    await expect(engine.logits([[1], ids])).rejects.toMatchObject({
      code: "engine/prompt_too_long",
      details: { request: 1 },
    });
    await expect(engine.hiddens(ids)).rejects.toMatchObject({ code: "engine/prompt_too_long" });
  });

  it("is of no use after it was disposed of", async () => {
    const engine = await openEngine(small(), { kernels, threads: 1 });
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await expect(engine.logits([[1]])).rejects.toMatchObject({ code: "base/invariant" });
  });

  it("refuses models that it cannot run before it reads them", async () => {
    const opening = openEngine(small({ architectures: ["RwkvForCausalLM"] }), { kernels });
    await expect(opening).rejects.toMatchObject({ code: "engine/unknown_architecture" });
  });
});
