import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { modelStock } from "./model-stock.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);

function merge(base: Float32Array, models: Float32Array[], filter_wise = false, shape = [base.length]): Float32Array {
  return mergeWhole(modelStock, { base, models, shape }, { filter_wise }, { ...run, blockElements: 2 });
}

describe("model stock", () => {
  it("keeps the base where the changes are at right angles", () => {
    expect(merge(f32(5, 5), [f32(6, 5), f32(5, 6)])).toEqual(f32(5, 5));
  });

  it("takes the mean of the models where the changes are parallel", () => {
    expect(merge(f32(0, 0), [f32(2, 0), f32(4, 0)])).toEqual(f32(3, 0));
  });

  it("goes two thirds of the way at 60 degrees between two", () => {
    const merged = merge(f32(0, 0), [f32(1, 0), f32(0.5, Math.sqrt(0.75))]);
    expect(merged[0]).toBeCloseTo(0.5, 6);
    expect(merged[1]).toBeCloseTo(Math.sqrt(0.75) / 3, 6);
  });

  it("keeps the base where the divisor is 0", () => {
    expect(merge(f32(5, 5), [f32(6, 5), f32(4, 5)])).toEqual(f32(5, 5));
  });

  it("takes an angle for each row when filter-wise", () => {
    const models = [f32(2, 0, 1, 0), f32(4, 0, 0, 1)];
    expect(merge(f32(0, 0, 0, 0), models, true, [2, 2])).toEqual(f32(3, 0, 0, 0));
  });
});

const excuses = {
  "returns the model when all models are equal": {
    because: "changes whose lengths multiply to less than 1e-6 count as being at right angles",
    example: { base: [0], models: [[2 ** -12], [2 ** -12]] },
  },
};

describeMethodContract(modelStock, { excuses });

describe("filter-wise", () => {
  describeMethodContract(modelStock, { excuses, settings: () => ({ filter_wise: true }) });
});
