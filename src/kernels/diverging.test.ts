import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFloat, column, expectTwins, onBoth, onGrid, repetitiveFloat } from "../../test/contracts/kernel-twins.ts";
import type { ComputeDtype } from "../tensor/dtype.ts";

const dtypes = fc.constantFrom<ComputeDtype>("F32", "BF16", "F16");

function expectSameDivergence(dtype: ComputeDtype, rows: readonly (readonly [number, number])[]): void {
  const [a, b] = onBoth((kernels) => {
    const divergence = kernels.rowDivergence(dtype, rows.length);
    return divergence(column(kernels, dtype, rows, 0), column(kernels, dtype, rows, 1));
  });
  expect(a).toBe(b);
}

describe("the divergence of a row", () => {
  const value = fc.oneof(fc.float({ noNaN: true, min: -120, max: 20 }), repetitiveFloat, anyFloat);

  it("agrees with the twin bit for bit", () => {
    fc.assert(
      fc.property(dtypes, fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 150 }), expectSameDivergence),
      { numRuns: 400 },
    );
  });

  it.each(["F32", "BF16", "F16"] as const)("agrees with the twin over long rows of %s", (dtype) => {
    const rows = Array.from({ length: 40_007 }, (_, i) => [Math.sin(i), Math.sin(i) + 0.01 * Math.sin(7 * i)] as const);
    expectSameDivergence(dtype, rows);
  });

  it("is 0 between equal rows", () => {
    const [a, b] = onBoth((kernels) => {
      const row = onGrid(kernels, "BF16", [1, 2, 3]);
      return kernels.rowDivergence("BF16", 3)(row, row);
    });
    expect([a, b]).toEqual([0, 0]);
  });
});

describe("taking over what is important", () => {
  it("agrees with the twin", () => {
    // the sign of what is not a number is up to the processor, and shows where the base is -0
    const known = anyFloat.filter((value) => !Number.isNaN(value));
    const pairs = fc.array(fc.tuple(known, known), { maxLength: 40 });
    const numbers = fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** -20, Number.NaN, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(dtypes, pairs, numbers, numbers, (dtype, values, divergence, threshold) => {
        expectTwins(values.length, (kernels, out) => {
          const change = { values: column(kernels, dtype, values, 0), base: column(kernels, dtype, values, 1) };
          kernels.takeImportant(dtype, change, { divergence, threshold }, out);
        });
      }),
    );
  });

  it("keeps the base where a change is not a number", () => {
    const [a, b] = onBoth((kernels) => {
      const [values, base, out] = [
        onGrid(kernels, "F32", [Number.NaN, 5]),
        onGrid(kernels, "F32", [1, 2]),
        kernels.floats(2),
      ];
      kernels.takeImportant("F32", { values, base }, { divergence: 1, threshold: 3 }, out);
      return [...out];
    });
    expect([a, b]).toEqual([
      [1, 5],
      [1, 5],
    ]);
  });
});
