import { describe, expect, it } from "vitest";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { narrowModel } from "../../test/narrowed-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Model } from "../model/model.ts";
import { chooseHold, heldAs, wishesBeside } from "./model-hold.ts";
import { createModelRunner } from "./model-runner.ts";

const MIB = 2 ** 20;
const kernels = createPlainKernels(2 ** 24);
const exact = generateModel(LLAMA_CONFIG, LLAMA_SHAPES);
const narrow = narrowModel(exact, "BF16", kernels);
/** The same, but for its name in a table of tensors that says more than there is. */
const large = {
  ...narrow,
  tensors: new Map([...narrow.tensors, ["more", { name: "more", dtype: "BF16", shape: [100, MIB] } as const]]),
};

describe("chooseHold", () => {
  it("takes float32, else 16 bits, else layer by layer, as the bound allows", () => {
    expect(chooseHold(large, {})).toEqual({ form: "float32", memoryBytes: undefined });
    expect(chooseHold(large, { bound: 1000 * MIB })).toMatchObject({ form: "float32" });
    expect(chooseHold(large, { bound: 600 * MIB })).toMatchObject({ form: "stored" });
    expect(chooseHold(large, { bound: 500 * MIB })).toEqual({ form: "streamed", memoryBytes: 500 * MIB });
    expect(chooseHold(large, { bound: 600 * MIB, weights: "float32" })).toMatchObject({ form: "streamed" });
  });

  it("is told among a run's inputs where it is not float32", () => {
    expect(heldAs(large, {})).toEqual({});
    expect(heldAs(large, { weights: "stored" })).toEqual({ weights: "stored" });
    expect(heldAs(large, { bound: 500 * MIB })).toEqual({ weights: "streamed" });
    expect(heldAs(large, wishesBeside({ bound: 1000 * MIB }, 400 * MIB))).toEqual({ weights: "stored" });
    expect(heldAs(large, wishesBeside({}, 400 * MIB))).toEqual({});
  });
});

describe("createModelRunner", () => {
  const requests = [{ context: [1, 2, 3], continuation: [4, 5] }];

  it("scores alike, however models are held, and closes each when it is not needed any more", async () => {
    const closed: string[] = [];
    const named = (name: string): Model => ({ ...narrow, name, [Symbol.dispose]: () => closed.push(name) });
    await using floats = createModelRunner({ kernels, threads: 1 });
    const [expected] = await (await floats.load(named("first"))).score(requests);
    expect(closed).toEqual(["first"]);
    await using stored = createModelRunner({ kernels, threads: 1, weights: "stored" });
    expect((await (await stored.load(named("second"))).score(requests))[0]).toEqual(expected);
    await using streamed = createModelRunner({ kernels, threads: 1, bound: 240 * MIB });
    const running = await streamed.load(named("third"));
    expect((await running.score(requests))[0]!.logprob).toBeCloseTo(expected!.logprob, 4);
    expect(closed).toEqual(["first", "second"]);
    await streamed.load(named("fourth"));
    expect(closed).toEqual(["first", "second", "third"]);
  });

  it("does not write with layers that are read one after another", async () => {
    await using streamed = createModelRunner({ kernels, threads: 1, bound: 240 * MIB });
    const model = await streamed.load(narrow);
    const written = model.generate([{ prompt: [1], maxTokens: 1, until: [] }]);
    await expect(written).rejects.toMatchObject({ code: "engine/only_scores" });
  });
});
