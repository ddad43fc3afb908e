import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { dellaLinear } from "./della-linear.ts";

describe("della_linear", () => {
  it("keeps the L1 norm of each model's changes", () => {
    const base = new Float32Array(3000);
    const model = base.map((_, i) => 1 + (i % 5));
    const settings = { ...defaults(dellaLinear.params, 1), density: [0.5] };
    const inputs = { base, models: [model], shape: [300, 10] };
    const merged = mergeWhole(dellaLinear, inputs, settings, { kernels: wasmKernels() });
    const l1 = (values: Float32Array): number => values.reduce((sum, v) => sum + Math.abs(v), 0);
    expect(l1(merged) / l1(model)).toBeCloseTo(1, 5);
    expect(merged.filter((v) => v !== 0).length / 3000).toBeCloseTo(0.5, 1);
  });
});

describeMethodContract(dellaLinear, {
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
