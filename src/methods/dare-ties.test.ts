import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { dareTies } from "./dare-ties.ts";

const run = { kernels: wasmKernels() };

describe("dare_ties", () => {
  it("lets the entries that were kept vote, and adds the winners up", () => {
    const base = Float32Array.of(0, 0);
    const models = [Float32Array.of(3, -1), Float32Array.of(-1, -2)];
    expect(mergeWhole(dareTies, { base, models }, defaults(dareTies.params, 2), run)).toEqual(Float32Array.of(3, -3));
  });

  it("lets the second model have an entry that the first one lost", () => {
    const n = 400;
    const [base, up, down] = [0, 2, -1].map((v) => new Float32Array(n).fill(v)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const settings = { ...defaults(dareTies.params, 2), density: [0.5, 0.5], rescale: false };
    const merged = mergeWhole(dareTies, { base, models: [up, down] }, settings, run);
    expect(new Set(merged)).toEqual(new Set([2, -1, 0]));
  });
});

describeMethodContract(dareTies, {
  settings: (count) => ({ density: Array(count).fill(0.5) }),
  excuses: {
    "returns the model when all models are equal": {
      because: "each loses other entries",
      example: { base: [0, 0, 0, 0, 0, 0], models: [[1, 2, 3, 4, 5, 6]] },
    },
    "does not care about the order of the models": {
      because: "random words go to the models in their order",
      example: {
        base: [0, 0, 0, 0],
        models: [
          [1, 2, 3, 4],
          [-5, 6, 7, 8],
        ],
      },
    },
  },
});
