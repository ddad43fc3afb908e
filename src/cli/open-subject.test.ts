import { expect, it, onTestFinished } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { narrowModel } from "../../test/narrowed-model.ts";
import { runCommand } from "../../test/run-command.ts";
import { formBytes, type WeightForm } from "../engine/matrix-type.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Model } from "../model/model.ts";
import { openWithin } from "./open-subject.ts";

const kernels = createPlainKernels(2 ** 23);
const wide = generateModel(LLAMA_CONFIG, LLAMA_SHAPES);
const narrow = narrowModel(wide, "BF16", kernels);
/** The least bound beside the weights with which a model is held whole. */
const BESIDE = 332 * 2 ** 20;
const pair = { context: [3, 1, 4], continuation: [1, 5] };
const prompt = { prompt: [3, 1, 4], maxTokens: 3, until: [] };

async function open(model: Model, bound: number | undefined, weights?: WeightForm) {
  const flags = { seed: 0, memory: 2 ** 26, ...(weights === undefined ? {} : { weights }) };
  const runner = await openWithin(model, flags, { kernels, threads: 1, bound });
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

it("holds a model as float32 where that fits, else as it is stored, else layer by layer", async () => {
  const [expected] = await (await open(narrow, undefined)).score([pair]);
  for (const bytes of [formBytes(narrow, "float32")!, formBytes(narrow, "stored")!]) {
    const runner = await open(narrow, BESIDE + bytes);
    expect(await runner.score([pair])).toEqual([expected]);
    expect((await runner.generate([prompt]))[0]!.ids).toHaveLength(3);
  }
  const streaming = await open(narrow, BESIDE + formBytes(narrow, "stored")! - 1);
  const [streamed] = await streaming.score([pair]);
  expect(streamed!.logprob).toBeCloseTo(expected!.logprob, 4);
  await expect(streaming.generate([prompt])).rejects.toMatchObject({ code: "engine/only_scores" });
});

it("reads layer by layer what has more bits than would fit, and what was asked to be held in a form that does not fit", async () => {
  for (const [model, bound, form] of [
    [wide, BESIDE + formBytes(wide, "float32")! - 1, undefined],
    [narrow, BESIDE + formBytes(narrow, "float32")! - 1, "float32"],
  ] as const)
    await expect((await open(model, bound, form)).generate([prompt])).rejects.toMatchObject({
      code: "engine/only_scores",
    });
});

it("rounds weights where float32 would fit, and refuses to where it would not", async () => {
  const bound = BESIDE + formBytes(narrow, "int8")!;
  const [rounded] = await (await open(narrow, bound, "int8")).score([pair]);
  const [exact] = await (await open(narrow, bound)).score([pair]);
  expect(rounded!.logprob).not.toBe(exact!.logprob);
  expect(Math.abs(rounded!.logprob - exact!.logprob)).toBeLessThan(0.2);
  await expect(open(narrow, bound - 1, "int8")).rejects.toMatchObject({ code: "cli/bad_usage" });
});

it("refuses forms that it does not know", async () => {
  const { exitCode, noted } = await runCommand(["score", "model", "--pairs", "x", "--weights", "int9"]);
  expect([exitCode, noted]).toEqual([2, expect.stringContaining('--weights: "int9" is none of float32, stored')]);
});
