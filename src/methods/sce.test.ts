import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { sce } from "./sce.ts";

const run = { kernels: wasmKernels(), blockElements: 2 };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);

function merge(models: Float32Array[], select_topk = 1): Float32Array {
  return mergeWhole(sce, { base: new Float32Array(models[0]!.length), models }, { select_topk, int8_mask: false }, run);
}

describe("sce", () => {
  it("averages the changes that have the sign of the sum", () => {
    expect(merge([f32(2, 1), f32(2, -1)])).toEqual(f32(2, 1));
  });

  it("weights models by the mean square of their changes", () => {
    // 8 and 2: 0.8 * 4 + 0.2 * 2
    const merged = merge([f32(4, 0), f32(2, 0)]);
    expect(merged[0]).toBeCloseTo(3.6, 6);
  });

  it("weights tiny changes equally", () => {
    const merged = merge([f32(4e-4), f32(2e-4)]);
    expect(merged[0]).toBeCloseTo(3e-4, 9);
  });

  it("merges only the entries in which the models vary most", () => {
    // variances 0.25, 4, 1, 0: two, and one, of the three that vary
    const merged = merge([f32(1, 4, 2, 5), f32(2, 8, 4, 5)], 0.67);
    for (const [i, value] of [0, 7.2, 3.6, 0].entries()) expect(merged[i]).toBeCloseTo(value, 5);
    expect(merge([f32(1, 4, 2, 5), f32(2, 8, 4, 5)], 0.5)[2]).toBe(0);
  });

  it("keeps the first of entries of equal variance", () => {
    const merged = merge([f32(1, 1, 1, 1), f32(3, 3, 3, 3)], 0.5);
    for (const [i, value] of [2.8, 2.8, 0, 0].entries()) expect(merged[i]).toBeCloseTo(value, 5);
  });

  it("keeps the base where nothing varies or nothing is selected", () => {
    expect(merge([f32(1, 2)], 0.5)).toEqual(f32(0, 0));
    expect(merge([f32(1, 2), f32(1, 3)], 0)).toEqual(f32(0, 0));
  });

  it("gives the base when there is nothing else", () => {
    const inputs = { base: f32(1, 2), models: [] };
    expect(mergeWhole(sce, inputs, { select_topk: 1, int8_mask: false }, run)).toEqual(f32(1, 2));
  });
});

describeMethodContract(sce, {
  excuses: {
    "does not care about the order of the models": {
      because: "sums that cancel to within rounding elect either sign",
      example: { base: [0], models: [[-(2 ** -149)], [-1], [1]] },
    },
  },
});

describe("of selected entries", () => {
  describeMethodContract(sce, {
    settings: () => ({ select_topk: 0.5 }),
    excuses: {
      "returns the model when all models are equal": {
        because: "entries in which the models do not vary are not selected",
        example: { base: [0], models: [[1]] },
      },
      "does not care about the order of the models": {
        because: "sums that cancel to within rounding elect either sign",
        example: {
          base: [0, 0, 0],
          models: [
            [-(2 ** -149), 0, 1],
            [-1, 0, 2],
            [1, 0, 3],
          ],
        },
      },
    },
  });
});
