import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { breadcrumbs } from "./breadcrumbs.ts";

const run = { kernels: wasmKernels(), blockElements: 3 };
const base = new Float32Array(8);
const model = Float32Array.of(1, -2, 3, -4, 5, -6, 7, -8);

function merge(density: number, gamma: number, change: Float32Array = model): Float32Array {
  const settings = { ...defaults(breadcrumbs.params, 1), density: [density], gamma: [gamma] };
  return mergeWhole(breadcrumbs, { base, models: [change] }, settings, run);
}

describe("breadcrumbs", () => {
  it("drops the largest changes, and of the rest the smallest", () => {
    expect(merge(0.5, 0.25)).toEqual(Float32Array.of(0, 0, 3, -4, 5, -6, 0, 0));
  });

  it("drops nothing at the top where gamma is too small for the tensor", () => {
    expect(merge(0.5, 0.01)).toEqual(Float32Array.of(0, 0, 0, 0, 5, -6, 7, -8));
  });

  it("keeps as many as the density says, even if that leaves large ones", () => {
    expect(merge(0.75, 0.5)).toEqual(Float32Array.of(1, -2, 3, -4, 5, -6, 0, 0));
  });

  it("drops the first of equal changes at the bottom, and the last at the top", () => {
    const equal = Float32Array.of(1, 1, -1, 1, -1, 1, 1, 1);
    expect(merge(0.5, 0.25, equal)).toEqual(Float32Array.of(0, 0, -1, 1, -1, 1, 0, 0));
  });

  it("gives the base at density 0", () => expect(merge(0, 0.1)).toEqual(base));
});

describeMethodContract(breadcrumbs, {
  settings: (count) => ({ density: Array(count).fill(0.5), gamma: Array(count).fill(0.2) }),
  excuses: {
    "returns the model when all models are equal": {
      because: "parts of each are dropped",
      example: { base: [0, 0, 0], models: [[1, 2, 3]] },
    },
  },
});
