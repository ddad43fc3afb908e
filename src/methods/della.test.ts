import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { della } from "./della.ts";

const kernels = wasmKernels();

describe("della", () => {
  it("keeps large changes of a row more often than small ones", () => {
    const [rows, columns] = [2000, 4];
    const base = new Float32Array(rows * columns);
    const model = base.map((_, i) => [3, -1, 4, -2][i % 4]! * (1 + (Math.floor(i / 4) % 7)));
    const settings = { ...defaults(della.params, 1), density: [0.5], epsilon: [0.4], rescale: false };
    const inputs = { base, models: [model], shape: [rows, columns] };
    const merged = mergeWhole(della, inputs, settings, { kernels, seed: 3 });
    const kept = [0, 1, 2, 3].map((c) => merged.filter((v, i) => i % 4 === c && v !== 0).length / rows);
    // places 2, 0, 3, 1: 0.1 + 0.8 * place / 3
    for (const [c, share] of [0.633, 0.1, 0.9, 0.367].entries()) expect(kept[c]).toBeCloseTo(share, 1);
  });

  it("ranks along the second axis where there are more than two", () => {
    const shape = [500, 2, 3];
    const base = new Float32Array(3000);
    // along the second axis the first of two is always larger
    const model = base.map((_, i) => (Math.floor(i / 3) % 2 === 0 ? 2 : 1) * (1 + (i % 3) * 10));
    const settings = { ...defaults(della.params, 1), density: [0.5], epsilon: [0.45], rescale: false };
    const merged = mergeWhole(della, { base, models: [model], shape }, settings, { kernels, seed: 3 });
    const kept = (half: number): number =>
      merged.filter((v, i) => v !== 0 && Math.floor(i / 3) % 2 === half).length / 1500;
    expect(kept(0)).toBeCloseTo(0.95, 1);
    expect(kept(1)).toBeCloseTo(0.05, 1);
  });

  it("keeps an entry that is alone in its row by the density", () => {
    const base = new Float32Array(4000);
    const model = base.map(() => 1);
    const settings = { ...defaults(della.params, 1), density: [0.7], rescale: false };
    const inputs = { base, models: [model], shape: [4000, 1] };
    const merged = mergeWhole(della, inputs, settings, { kernels });
    expect(merged.filter((v) => v !== 0).length / 4000).toBeCloseTo(0.7, 1);
  });

  it.each([
    [0.9, 0.15],
    [0.1, 0.15],
    [0.5, 1.35],
  ])("refuses density %d with epsilon %d", (density, epsilon) => {
    const settings = { ...defaults(della.params, 1), density: [density], epsilon: [epsilon] };
    expect(() => della.draws(settings as never, 4)).toThrow(
      expect.objectContaining({ code: "methods/epsilon_out_of_range", details: { density, epsilon } }),
    );
  });

  it("draws nothing for a density of 0, or of 1 and more", () => {
    const settings = { ...defaults(della.params, 3), density: [0, 0.5, 1] };
    expect(della.draws(settings as never, 10)).toBe(10);
  });
});

const excuses = {
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
} as const;

describeMethodContract(della, { settings: (count) => ({ density: Array(count).fill(0.5) }), excuses });
