import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { dareLinear } from "./dare-linear.ts";

const kernels = wasmKernels();
const n = 4000;
const base = new Float32Array(n);
const model = base.map((_, i) => 1 + (i % 3));
const l1 = (values: Float32Array): number => values.reduce((sum, v) => sum + Math.abs(v), 0);

describe("dare_linear", () => {
  it("keeps about the density, and the L1 norm of all", () => {
    const settings = { ...defaults(dareLinear.params, 1), density: [0.3] };
    const merged = mergeWhole(dareLinear, { base, models: [model] }, settings, { kernels, seed: 5 });
    const kept = merged.filter((v) => v !== 0).length;
    expect(kept / n).toBeGreaterThan(0.27);
    expect(kept / n).toBeLessThan(0.33);
    expect(l1(merged) / l1(model)).toBeCloseTo(1, 5);
  });

  it("leaves what is kept as it is without rescale", () => {
    const settings = { ...defaults(dareLinear.params, 1), density: [0.3], rescale: false };
    const merged = mergeWhole(dareLinear, { base, models: [model] }, settings, { kernels, seed: 5 });
    expect(merged.every((v, i) => v === 0 || v === model[i])).toBe(true);
  });

  it("draws words for the models with a density below 1, one behind the other", () => {
    const settings = { ...defaults(dareLinear.params, 3), density: [0.3, 1, 0.3], rescale: false };
    expect(dareLinear.draws(settings as never, n)).toBe(2 * n);
    const alone = { ...defaults(dareLinear.params, 1), density: [0.3], rescale: false };
    const first = mergeWhole(dareLinear, { base, models: [model] }, alone, { kernels, seed: 5 });
    const flat = base.map(() => 8);
    const all = mergeWhole(dareLinear, { base, models: [model, base, flat] }, settings, { kernels, seed: 5 });
    const third = all.map((v, i) => v - first[i]!);
    expect(third.every((v) => v === 0 || v === 8)).toBe(true);
    const sameAsFirst = third.filter((v, i) => (v === 0) === (first[i] === 0)).length;
    expect(sameAsFirst / n).toBeLessThan(0.65);
  });

  it("gives the base at density 0", () => {
    const settings = { ...defaults(dareLinear.params, 1), density: [0] };
    expect(mergeWhole(dareLinear, { base, models: [model] }, settings, { kernels })).toEqual(base);
  });
});

describeMethodContract(dareLinear, {
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
