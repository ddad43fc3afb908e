import { expect, it } from "vitest";
import { placeRows, type WeightLayout } from "./weight-layout.ts";

/** Places a matrix of 2 rows that counts up from 1. */
function place(layout: WeightLayout, columns = 3): readonly number[] {
  const into = new Float32Array(layout.rows * layout.columns);
  for (const firstRow of [0, 1]) {
    const values = Float32Array.from({ length: columns }, (_, i) => firstRow * columns + i + 1);
    placeRows({ values, firstRow, columns }, layout, into);
  }
  return [...into];
}

it("puts rows and columns in their places, and leaves the others", () => {
  const rowPlaces = Int32Array.of(2, 0);
  expect(place({ rows: 3, columns: 3, rowPlaces })).toEqual([4, 5, 6, 0, 0, 0, 1, 2, 3]);
  const columnPlaces = Int32Array.of(3, 0, 1);
  expect(place({ rows: 2, columns: 4, columnPlaces })).toEqual([2, 3, 0, 1, 5, 6, 0, 4]);
});

it("turns matrices around, then puts rows and columns in their places", () => {
  expect(place({ rows: 3, columns: 2, isTransposed: true })).toEqual([1, 4, 2, 5, 3, 6]);
  const places = { rowPlaces: Int32Array.of(1, 2, 0), columnPlaces: Int32Array.of(1, 0) };
  expect(place({ rows: 3, columns: 2, isTransposed: true, ...places })).toEqual([6, 3, 4, 1, 5, 2]);
});

it("adds, then multiplies", () => {
  expect(place({ rows: 2, columns: 2, added: 1, factor: 10 }, 2)).toEqual([20, 30, 40, 50]);
});
