import { expect, it, onTestFinished } from "vitest";
import { FORWARD_FAMILIES } from "../../test/forward-families.ts";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { ContinuationScore, ScoreRequest } from "../model/language-model.ts";
import { type Engine, openEngine } from "./engine.ts";

const kernels = createPlainKernels(2 ** 24);
const examples = Array.from({ length: 36 }, (_, i) => (i * i + 3) % 28);

async function open(memoryBytes = 2 ** 28, model = generateModel(LLAMA_CONFIG, LLAMA_SHAPES)): Promise<Engine> {
  const engine = await openEngine(model, { kernels, threads: 1, memoryBytes });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

async function expectAsAlone(requests: readonly ScoreRequest[], engine: Engine, alone = open()): Promise<void> {
  const roomy = await alone;
  const expectations: ContinuationScore[] = [];
  for (const request of requests) expectations.push(...(await roomy.score([request])));
  const together = await engine.score(requests);
  for (const [i, { logprob, ...rest }] of together.entries()) {
    const { logprob: expected, ...others } = expectations[i]!;
    expect(logprob).toBeCloseTo(expected, 4);
    expect(rest).toEqual(others);
  }
}

it("scores choices after shared examples as it scores each alone", async () => {
  const requests = Array.from({ length: 24 }, (_, i) => ({
    context: [...examples.slice(0, 36 - (i % 2)), i >> 2, 7, 1],
    continuation: [[5], [6, 2], [6, 3, 9], [5, 1]][i % 4]!,
  }));
  await expectAsAlone(requests, await open());
});

it("scores long texts piece by piece as it scores them whole", async () => {
  const whole = Array.from({ length: 60 }, (_, i) => (i * 7 + 1) % 28);
  const requests = [2, 11, 50].map((cut) => ({ context: whole.slice(0, cut), continuation: whole.slice(cut) }));
  const bytesOfToken = 4 * (4 * 32 + 3 * 64 + 3 * 40);
  await expectAsAlone(requests, await open(4 * 16 * bytesOfToken));
});

it.each(Object.entries(FORWARD_FAMILIES))("shares beginnings in models like %s", async (_, { config, shapes }) => {
  const requests = Array.from({ length: 6 }, (_, i) => ({
    context: [...examples.slice(0, 20), i >> 1, 7],
    continuation: [[5], [6, 2]][i % 2]!,
  }));
  const engine = await open(2 ** 28, generateModel(config, shapes));
  await expectAsAlone(requests, engine, Promise.resolve(engine));
});
