import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { multislerp } from "./multislerp.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);

describe("multislerp", () => {
  it("goes half way between two directions, with the mean of the lengths", () => {
    const merged = mergeWhole(multislerp, { models: [f32(1, 0), f32(0, 3)] }, defaults(multislerp.params, 2), run);
    expect(merged[0]).toBeCloseTo(2 * Math.SQRT1_2, 6);
    expect(merged[1]).toBeCloseTo(2 * Math.SQRT1_2, 6);
  });

  it("gives the weighted sum of models that point in opposite directions", () => {
    const settings = { ...defaults(multislerp.params, 2), weight: [1, 1], normalize_weights: false };
    expect(mergeWhole(multislerp, { models: [f32(1, 0), f32(-3, 0)] }, settings, run)).toEqual(f32(-2, 0));
  });

  it("starts from the base if there is one", () => {
    const inputs = { base: f32(5, 5), models: [f32(6, 5), f32(5, 6)] };
    const merged = mergeWhole(multislerp, inputs, defaults(multislerp.params, 2), run);
    expect(merged[0]).toBeCloseTo(5 + Math.SQRT1_2, 6);
  });

  it("gives a model that is alone as it is", () => {
    const inputs = { base: f32(5, 5), models: [f32(6, -0)] };
    expect(mergeWhole(multislerp, inputs, defaults(multislerp.params, 1), run)).toEqual(f32(6, -0));
  });

  it("gives zeros for zeros, in float16 too", () => {
    const models = [f32(0, 0), f32(0, 0), f32(0, 0)];
    for (const dtype of ["F32", "F16"] as const) {
      expect(mergeWhole(multislerp, { models, dtype }, defaults(multislerp.params, 3), run)).toEqual(f32(0, 0));
    }
  });
});

describeMethodContract(multislerp, { errorsGrowWith: "tensor" });
