import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { breadcrumbsTies } from "./breadcrumbs-ties.ts";

describe("breadcrumbs_ties", () => {
  it("lets what is left vote, and adds the winners up", () => {
    const base = new Float32Array(4);
    const models = [Float32Array.of(9, 2, -3, 1), Float32Array.of(-2, 9, 1, 3)];
    // half is kept below the largest quarter: [0 2 -3 0] and [-2 0 0 3]
    const settings = { ...defaults(breadcrumbsTies.params, 2), density: [0.5, 0.5], gamma: [0.25, 0.25] };
    expect(mergeWhole(breadcrumbsTies, { base, models }, settings, { kernels: wasmKernels() })).toEqual(
      Float32Array.of(-2, 2, -3, 3),
    );
  });
});

describeMethodContract(breadcrumbsTies, {
  settings: (count) => ({ density: Array(count).fill(0.5), gamma: Array(count).fill(0.2) }),
  excuses: {
    "returns the model when all models are equal": {
      because: "parts of each are dropped",
      example: { base: [0, 0, 0], models: [[1, 2, 3]] },
    },
    "does not care about the order of the models": {
      because: "votes that cancel to within rounding elect either sign",
      example: {
        base: [0, 0],
        models: [
          [-(2 ** -149), 0],
          [-1, 0],
          [1, 0],
        ],
      },
    },
  },
});
