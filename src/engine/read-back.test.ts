import { expect, it, onTestFinished } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { type Engine, openEngine } from "./engine.ts";

async function open(memoryBytes: number): Promise<Engine> {
  const model = generateModel(LLAMA_CONFIG, LLAMA_SHAPES);
  const engine = await openEngine(model, { kernels: createPlainKernels(2 ** 24), threads: 1, memoryBytes });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

const ids = Array.from({ length: 30 }, (_, t) => (3 + t * t) % 28);

it.each([
  ["at once", 2 ** 28],
  ["in pieces", 2 * 31 * 2 * 2 * 1 * 16 * 4],
])("tells what scoring and writing tell, read %s", async (_, memoryBytes) => {
  const engine = await open(memoryBytes);
  const [known, alone] = await engine.readBack([ids, [5]], 2);
  expect(alone).toEqual([]);
  expect(known!.map(({ id }) => id)).toEqual(ids.slice(1));
  const [scored] = await engine.score([{ context: ids.slice(0, 1), continuation: ids.slice(1) }]);
  expect(known!.reduce((sum, { logprob }) => sum + logprob, 0)).toBeCloseTo(scored!.logprob, 3);
  const prompt = ids.slice(0, 20);
  const [written] = await engine.generate([{ prompt, maxTokens: 1, until: [], alternatives: 2 }]);
  const best = known![19]!.top;
  expect(best.map(({ id }) => id)).toEqual(written!.logprobs![0]!.top.map(({ id }) => id));
  expect(best[0]!.logprob).toBeCloseTo(written!.logprobs![0]!.logprob, 4);
});

it("refuses what is too long, and stops when it is told to", async () => {
  const engine = await open(2 ** 28);
  const long = Array.from({ length: engine.contextLength + 1 }, () => 1);
  await expect(engine.readBack([[1], long], 0)).rejects.toMatchObject({ code: "engine/prompt_too_long" });
  await expect(engine.readBack([ids], 0, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});

it("reads prompts without a tokenizer as ids", async () => {
  expect((await open(2 ** 28)).readPrompt([1, 2])).toEqual({ ids: [1, 2], text: "" });
});
