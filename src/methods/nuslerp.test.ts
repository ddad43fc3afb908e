import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults, mergeWhole } from "../../test/contracts/merge-whole.ts";
import { describeMethodContract } from "../../test/contracts/method-contract.ts";
import { nuslerp } from "./nuslerp.ts";

const run = { kernels: wasmKernels() };
const f32 = (...xs: number[]): Float32Array => Float32Array.of(...xs);
const whole = defaults(nuslerp.params, 2);

function expectNear(actual: Float32Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 6);
}

describe("nuslerp", () => {
  it("goes from the first to the second model along a circle, by the ratio of the weights", () => {
    const models = [f32(1, 0), f32(0, 1)];
    expectNear(mergeWhole(nuslerp, { models }, whole, run), [Math.SQRT1_2, Math.SQRT1_2]);
    const third = { ...whole, weight: [4, 2] };
    expectNear(mergeWhole(nuslerp, { models }, third, run), [Math.cos(Math.PI / 6), 0.5]);
  });

  it("goes half way where the weights cancel", () => {
    const cancelling = { ...whole, weight: [-0.5, 0.5] };
    expectNear(mergeWhole(nuslerp, { models: [f32(1, 0), f32(0, 1)] }, cancelling, run), [Math.SQRT1_2, Math.SQRT1_2]);
  });

  it("interpolates straight between parallel and between opposite models", () => {
    const quarter = { ...whole, weight: [3, 1] };
    expect(mergeWhole(nuslerp, { models: [f32(2, 0), f32(4, 0)] }, quarter, run)).toEqual(f32(2.5, 0));
    expect(mergeWhole(nuslerp, { models: [f32(2, 0), f32(-4, 0)] }, quarter, run)).toEqual(f32(0.5, 0));
  });

  it("interpolates the changes to a base, and adds them to it", () => {
    const inputs = { base: f32(5, 5), models: [f32(6, 5), f32(5, 6)] };
    expectNear(mergeWhole(nuslerp, inputs, whole, run), [5 + Math.SQRT1_2, 5 + Math.SQRT1_2]);
  });

  const [rows, columns] = [7, 5];
  const matrices = [1, 2].map((seed) =>
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 12.9898 * seed + seed)),
  );
  const take = (values: Float32Array, indices: readonly number[]): Float32Array =>
    Float32Array.from(indices, (i) => values[i]!);
  const vectors = {
    rows: Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => r * columns + c)),
    columns: Array.from({ length: columns }, (_, c) => Array.from({ length: rows }, (_, r) => r * columns + c)),
  };

  it.each([
    ["rows", false],
    ["columns", true],
  ] as const)("treats %s as vectors of their own without flattening (row_wise: %s)", (name, rowWise) => {
    const settings = { ...whole, weight: [0.7, 0.3], nuslerp_flatten: false, nuslerp_row_wise: rowWise };
    const inputs = { models: matrices, shape: [rows, columns] };
    const merged = mergeWhole(nuslerp, inputs, settings, { ...run, blockElements: 10 });
    for (const vector of vectors[name]) {
      const alone = { models: matrices.map((matrix) => take(matrix, vector)) };
      const expected = mergeWhole(nuslerp, alone, { ...whole, weight: [0.7, 0.3] }, run);
      expectNear(take(merged, vector), [...expected]);
    }
  });
});

const options = {
  errorsGrowWith: "tensor",
  excuses: {
    "returns the model when all models are equal": {
      because: "vectors much shorter than 1e-7 count as being at right angles",
      example: { base: [0], models: [[2 ** -40], [2 ** -40]] },
    },
  },
} as const;

describeMethodContract(nuslerp, options);

describe("along rows", () => {
  describeMethodContract(nuslerp, { ...options, settings: () => ({ nuslerp_flatten: false }) });
});

describe("along columns", () => {
  const settings = () => ({ nuslerp_flatten: false, nuslerp_row_wise: true });
  describeMethodContract(nuslerp, { ...options, settings });
});
