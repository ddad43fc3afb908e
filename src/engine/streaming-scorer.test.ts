import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FORWARD_FAMILIES } from "../../test/forward-families.ts";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { openFolderModel } from "../model/folder-model.ts";
import type { LanguageModel, ScoreRequest } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { openEngine } from "./engine.ts";
import { openStreamingScorer, residentBytes } from "./streaming-scorer.ts";

const MIB = 2 ** 20;
const MODELS = join(import.meta.dirname, "../../test/golden/data/models");
const kernels = createPlainKernels(2 ** 24);
const requests: readonly ScoreRequest[] = Array.from({ length: 30 }, (_, i) => ({
  context: Array.from({ length: 1 + ((i * 7) % 40) }, (_, t) => (i * 5 + t * t) % 28),
  continuation: [i % 28, (3 * i) % 28, 5].slice(i % 3),
}));

function small(edit: (name: string, values: Float32Array) => void = () => {}): Model {
  return generateModel(LLAMA_CONFIG, LLAMA_SHAPES, { edit });
}

function open(model: Model, memoryBytes = 256 * MIB): Promise<LanguageModel> {
  return openStreamingScorer(model, { kernels, threads: 1, memoryBytes });
}

async function expectAsResident(model: Model, memoryBytes: number): Promise<void> {
  const engine = await openEngine(model, { kernels, threads: 1 });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const expected = await engine.score(requests);
  const streamed = await (await open(model, memoryBytes)).score(requests);
  for (const [i, { logprob, ...rest }] of streamed.entries()) {
    const { logprob: other, ...others } = expected[i]!;
    expect(logprob).toBeCloseTo(other, 4);
    expect(rest).toEqual(others);
  }
}

describe("openStreamingScorer", () => {
  it("scores as an engine does that holds the whole model", async () => {
    await expectAsResident(small(), 256 * MIB);
  });

  it("does so in waves, and with the vocabulary in pieces, where memory is short", async () => {
    await expectAsResident(small(), 224 * MIB + 70_000);
  });

  it.each(Object.entries(FORWARD_FAMILIES))("does so for a model like %s", async (_, { config, shapes }) => {
    await expectAsResident(generateModel(config, shapes), 256 * MIB);
  });

  it("scores a whole text after its start token", async () => {
    const model = openFolderModel(join(MODELS, "llama/chat"));
    const engine = await openEngine(model, { kernels, threads: 1 });
    onTestFinished(() => engine[Symbol.asyncDispose]());
    const request = { context: "", continuation: "The quick brown fox", rolling: true };
    const [expected] = await engine.score([request]);
    const [streamed] = await (await open(model)).score([request]);
    expect(streamed!.logprob).toBeCloseTo(expected!.logprob, 4);
  });

  it("refuses to write, and layers that do not fit", async () => {
    const scorer = await open(small());
    const writing = scorer.generate([{ prompt: [1], maxTokens: 1, until: [] }]);
    await expect(writing).rejects.toMatchObject({ code: "engine/only_scores" });
    const tight = await open(small(), 224 * MIB + 20_000);
    await expect(tight.score(requests)).rejects.toMatchObject({ code: "engine/out_of_memory" });
  });

  it("says when values are not numbers, and stops when it is told to", async () => {
    const broken = await open(
      small((name, values) => {
        if (name.endsWith("1.mlp.down_proj.weight")) values[5] = Number.NaN;
      }),
    );
    await expect(broken.score(requests)).rejects.toMatchObject({ code: "engine/not_finite" });
    await expect((await open(small())).score(requests, AbortSignal.abort())).rejects.toThrow("aborted");
  });
});

it("counts the bytes of a model as float32", () => {
  const elements = Object.values(LLAMA_SHAPES).map((shape) => shape.reduce((a, b) => a * b, 1));
  expect(residentBytes(small())).toBe(4 * elements.reduce((a, b) => a + b));
});
