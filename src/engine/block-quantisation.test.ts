import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createQuantisedMatrix, QUANTISED_BLOCK, type QuantisedMatrix, quantiseRows } from "./block-quantisation.ts";

/** The plain twin: one value at a time, as ONNX Runtime's operator is described. */
function valueAt({ bits, columns, codes, scales }: QuantisedMatrix, row: number, column: number): number {
  const blocks = Math.ceil(columns / QUANTISED_BLOCK);
  const place = row * blocks + Math.floor(column / QUANTISED_BLOCK);
  const index = place * QUANTISED_BLOCK + (column % QUANTISED_BLOCK);
  const code = bits === 8 ? codes[index]! : (codes[index >> 1]! >> (4 * (index % 2))) & 15;
  return scales[place]! * (code - 2 ** (bits - 1));
}

function quantised(bits: 4 | 8, columns: number, values: readonly number[]): QuantisedMatrix {
  const matrix = createQuantisedMatrix(bits, values.length / columns, columns);
  quantiseRows(Float32Array.from(values), 0, matrix);
  return matrix;
}

/** Scales of the smallest numbers are rounded themselves. */
const SMALLEST = 2 ** -140;

describe("quantiseRows", () => {
  it.each([4, 8] as const)("is off by half a step at most, by one at the far end: %i bits", (bits) => {
    const matrices = fc.integer({ min: 1, max: 70 }).chain((columns) =>
      fc.record({
        columns: fc.constant(columns),
        values: fc.array(fc.float({ min: -3, max: 3, noNaN: true }), {
          minLength: 2 * columns,
          maxLength: 2 * columns,
        }),
      }),
    );
    fc.assert(
      fc.property(matrices, ({ columns, values }) => {
        const matrix = quantised(bits, columns, values);
        const blocks = Math.ceil(columns / QUANTISED_BLOCK);
        for (const [i, value] of values.entries()) {
          const [row, column] = [Math.floor(i / columns), i % columns];
          const scale = matrix.scales[row * blocks + Math.floor(column / QUANTISED_BLOCK)]!;
          const isFarEnd = value / scale > 2 ** (bits - 1) - 1;
          const error = Math.abs(valueAt(matrix, row, column) - value);
          expect(error).toBeLessThanOrEqual((isFarEnd ? 1 : 0.5) * Math.abs(scale) * 1.0001 + SMALLEST);
        }
      }),
    );
  });

  it.each([4, 8] as const)("keeps the largest value of a block, and zeros: %i bits", (bits) => {
    const matrix = quantised(bits, 4, [0, -5, 2, 0, 0, 1, 3, 0, 0, 0, 0, 0]);
    expect([0, 1, 3].map((column) => valueAt(matrix, 0, column))).toEqual([0, -5, 0]);
    expect(valueAt(matrix, 1, 2)).toBe(3);
    expect(matrix.scales[2]).toBe(0);
  });

  it("starts at the row it is told, and gives each block of a row its own scale", () => {
    const matrix = createQuantisedMatrix(8, 2, 40);
    quantiseRows(
      Float32Array.from({ length: 40 }, (_, i) => (i < 32 ? 128 : 1)),
      1,
      matrix,
    );
    expect([...matrix.scales]).toEqual([0, 0, -1, Math.fround(-1 / 128)]);
    expect([0, 31, 32, 39].map((column) => valueAt(matrix, 1, column))).toEqual([128, 128, 1, 1]);
  });

  it.each([Number.NaN, Infinity, -Infinity])("does not hide %d", (broken) => {
    const matrix = quantised(4, 2, [1, 2, broken, 1]);
    expect([...matrix.scales]).toEqual([-0.25, Number.NaN]);
  });
});
