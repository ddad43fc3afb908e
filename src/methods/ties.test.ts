import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { ties } from "./ties.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);
const base = f32(10, 10, 10, 10);
const models = [f32(13, 9, 12, 10.5), f32(9, 8, 14, 10.125)]; // changes: [3 -1 2 .5] and [-1 -2 4 .125]
const settings = defaults(ties.params, 2);
const merge = (changed: object = {}) => mergeWhole(ties, { base, models }, { ...settings, ...changed }, run);

describe("ties", () => {
  it("averages the models that agree with the elected sign", () => {
    // votes: 2, -3, 6, .625; entry 0 drops the second model, the others keep both
    expect(merge()).toEqual(f32(13, 8.5, 13, 10.3125));
  });

  it("trims each model to its own largest changes before the vote", () => {
    // half of four: [3 0 2 0] and [0 -2 4 0]
    expect(merge({ density: [0.5, 0.5] })).toEqual(f32(13, 8, 13, 10));
  });

  it("trims by a density of each model", () => {
    // [3 -1 2 .5] and [0 0 4 0]
    expect(merge({ density: [1, 0.25] })).toEqual(f32(13, 9, 13, 10.5));
  });

  it("keeps at least one entry, and none at density 0", () => {
    expect(merge({ density: [0.01, 0] })).toEqual(f32(13, 10, 10, 10));
  });

  it("keeps the first of equal changes", () => {
    const equal = [f32(11, 9, 11, 11)];
    const half = { ...defaults(ties.params, 1), density: [0.5] };
    expect(mergeWhole(ties, { base, models: equal }, half, { ...run, blockElements: 1 })).toEqual(f32(11, 9, 10, 10));
  });

  it("finds thresholds that differ in the last place of float32", () => {
    const n = 5000;
    const zero = new Float32Array(n);
    const change = Float32Array.from(zero, (_, i) => 1 + ((i * 7) % n) * 2 ** -23);
    const density = 0.3;
    const one = { ...defaults(ties.params, 1), density: [density] };
    const kept = mergeWhole(ties, { base: zero, models: [change] }, one, { ...run, blockElements: 999 });
    const threshold = 1 + 0.7 * n * 2 ** -23;
    expect(kept).toEqual(change.map((v) => (v >= threshold ? v : 0)));
  });

  it("lets weights decide the vote", () => {
    expect(merge({ weight: [1, 4] })[0]).toBe(9);
  });

  it("adds instead of averaging when normalize is off", () => {
    expect(merge({ normalize: false })).toEqual(f32(13, 7, 16, 10.625));
  });

  it("elects plus where the votes cancel", () => {
    expect(mergeWhole(ties, { base: f32(5), models: [f32(7), f32(3)] }, settings, run)).toEqual(f32(7));
  });

  it("does not divide by weights that cancel", () => {
    // both vote plus: 2 * 1 and -2 * -1
    const cancelling = { ...settings, weight: [2, -2] };
    expect(mergeWhole(ties, { base: f32(0), models: [f32(1), f32(-1)] }, cancelling, run)).toEqual(f32(4));
  });

  it("scales what is kept to the L1 norm of all when it rescales", () => {
    // of [3 -1 2 .5] the two largest are kept, times 6.5 / 5
    const one = { ...defaults(ties.params, 1), density: [0.5], rescale: true };
    const factor = Math.fround(1.3);
    expect(mergeWhole(ties, { base, models: [models[0]!] }, one, run)).toEqual(
      f32(10 + Math.fround(3 * factor), 10, 10 + Math.fround(2 * factor), 10),
    );
  });

  it("draws no random words", () => expect(ties.draws({ ...settings, density: [0.5, 0.5] } as never, 4)).toBe(0));
});

describeMethodContract(ties, {
  settings: (count) => ({ density: Array.from({ length: count }, (_, m) => [0.5, 1, 0.3][m % 3]) }),
  excuses: {
    "returns the model when all models are equal": {
      because: "each is trimmed to its own density",
      example: { base: [0, 0, 0], models: [[1, 2, 3]] },
    },
    "does not care about the order of the models": {
      because: "densities belong to models, and votes that cancel to within rounding elect either sign",
      example: { base: [0], models: [[-(2 ** -149)], [-1], [1]] },
    },
  },
});
