import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { karcher } from "./karcher.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);
const settings = defaults(karcher.params, 0);

describe("karcher", () => {
  it("points half way between two directions, with the mean of the lengths", () => {
    const merged = mergeWhole(karcher, { models: [f32(2, 0), f32(0, 4)] }, settings, run);
    expect(merged[0]).toBeCloseTo(3 * Math.SQRT1_2, 5);
    expect(merged[1]).toBeCloseTo(3 * Math.SQRT1_2, 5);
  });

  it("finds the mean of angles on a circle, where the normalised sum does not", () => {
    const angles = [0, 0, 1.2];
    const models = angles.map((angle) => f32(Math.cos(angle), Math.sin(angle)));
    const merged = mergeWhole(karcher, { models }, { ...settings, max_iter: 100 }, run);
    expect(Math.atan2(merged[1]!, merged[0]!)).toBeCloseTo(0.4, 5);
    const start = mergeWhole(karcher, { models }, { ...settings, max_iter: 0 }, run);
    expect(Math.atan2(start[1]!, start[0]!)).toBeCloseTo(Math.atan2(Math.sin(1.2), 2 + Math.cos(1.2)), 5);
  });

  it("counts a model of zeros in the length only", () => {
    const merged = mergeWhole(karcher, { models: [f32(2, 0), f32(0, 0)] }, settings, run);
    expect(merged).toEqual(f32(1, 0));
  });

  it("gives zeros for zeros", () => {
    expect(mergeWhole(karcher, { models: [f32(0), f32(0)] }, settings, run)).toEqual(f32(0));
  });

  it("takes the first direction where directions cancel", () => {
    const none = { ...settings, max_iter: 0 };
    expect(mergeWhole(karcher, { models: [f32(2, 0), f32(-2, 0)] }, none, run)).toEqual(f32(2, 0));
  });
});

describeMethodContract(karcher, {
  errorsGrowWith: "tensor",
  excuses: {
    "returns the model when all models are equal": {
      because: "lengths below tol count as 0",
      example: { base: [0], models: [[2 ** -20], [2 ** -20]] },
    },
    "does not care about the order of the models": {
      because: "where directions cancel the first one is taken",
      example: { base: [0], models: [[1], [-1]] },
    },
  },
});
