import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { openFolderModel } from "../model/folder-model.ts";
import type { Prompt } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { openEngine } from "./engine.ts";
import { openFirstLook } from "./first-look.ts";
import type { QuantisedForm } from "./matrix-type.ts";

const kernels = createPlainKernels(2 ** 24);
const small = generateModel(LLAMA_CONFIG, LLAMA_SHAPES);

async function look(model: Model, weights: QuantisedForm, prompts: readonly (readonly Prompt[])[]) {
  const opened = await openFirstLook(model, { kernels, threads: 1, weights }, prompts);
  onTestFinished(() => opened.engine[Symbol.asyncDispose]());
  return opened;
}

describe("openFirstLook", () => {
  it("tells how far the engine's log-probabilities are off", async () => {
    const ids = [3, 1, 4, 1, 5, 9];
    const { engine, look: found } = await look(small, "int8", [[ids.slice(0, 2), ids.slice(2)]]);
    const exact = await openEngine(small, { kernels, threads: 1 });
    onTestFinished(() => exact[Symbol.asyncDispose]());
    const [[near], [right]] = [await engine.readBack([ids], 1), await exact.readBack([ids], 1)];
    const differences = right!.map(({ logprob }, i) => Math.abs(logprob - near![i]!.logprob));
    expect(found).toEqual({
      weights: "int8",
      block: 32,
      tokens: 5,
      meanDifference: expect.closeTo(differences.reduce((a, b) => a + b) / 5, 12),
      largestDifference: Math.max(...differences),
      sameBest: right!.filter(({ top }, i) => top[0]!.id === near![i]!.top[0]!.id).length / 5,
    });
    expect(found.largestDifference).toBeGreaterThan(0);
  });

  it("reads the ends of the first four texts, of each question once", async () => {
    const long = Array.from({ length: 90 }, (_, i) => i % 28);
    const choices = [
      [[7, 8, 9], [1]],
      [[7, 8, 9], [2]],
    ];
    const others = [1, 2, 3, 4].map((id) => [[id, id + 1]]);
    const { look: found } = await look(small, "int4", [[long], ...choices, ...others]);
    expect(found.tokens).toBe(63 + 3 + 1 + 1);
  });

  it("reads other ids or a plain text where prompts are too short", async () => {
    expect((await look(small, "int4", [[[5]]])).look.tokens).toBe(63);
    const speaking = openFolderModel(join(import.meta.dirname, "../../test/golden/data/models/llama/chat"));
    onTestFinished(() => speaking[Symbol.dispose]());
    const { engine, look: found } = await look(speaking, "int8", []);
    expect(found.tokens).toBe(Math.min(63, engine.contextLength - 1));
  });

  it("compares nothing if the error is known, and refuses what a prompt is refused for", async () => {
    const { look: known } = await look(small, "int4", [[[1, 2, 3]]]);
    const opened = await openFirstLook(small, { kernels, threads: 1, weights: "int4" }, [[[99]]], known);
    onTestFinished(() => opened.engine[Symbol.asyncDispose]());
    expect(opened.look).toBe(known);
    await expect(look(small, "int4", [[[99]]])).rejects.toMatchObject({ code: "engine/unknown_token" });
  });
});
