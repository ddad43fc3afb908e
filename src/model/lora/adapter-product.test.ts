import { expect, it } from "vitest";
import { addProduct, lengthOf, transpose } from "./adapter-product.ts";

it.each([1, 3, 8, 13, 16])("adds part of a row of a product of rank %d", (rank) => {
  const [rows, columns, scale] = [3, 5, 0.5];
  const left = Float32Array.from({ length: rows * rank }, (_, i) => (i % 7) - 3);
  const right = Float32Array.from({ length: rank * columns }, (_, i) => (i % 5) - 2);
  const values = Float32Array.of(10, 20, 30);
  addProduct({ rows, columns, rank, scale, left, right }, { row: 2, from: 1, to: 4 }, values);
  const expected = [1, 2, 3].map((column, i) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += left[2 * rank + k]! * right[k * columns + column]!;
    return 10 * (i + 1) + sum * scale;
  });
  expect([...values]).toEqual(expected);
});

it("turns matrices and measures vectors", () => {
  expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(lengthOf(Float32Array.of(3, 4))).toBe(5);
});
