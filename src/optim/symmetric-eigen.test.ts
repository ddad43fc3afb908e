import fc from "fast-check";
import { expect, it } from "vitest";
import { powerTimes, symmetricEigen } from "./symmetric-eigen.ts";

it("takes a matrix apart that can be checked by eye", () => {
  const { values, vectors } = symmetricEigen([
    [2, 1],
    [1, 2],
  ]);
  expect(values[0]).toBeCloseTo(1, 14);
  expect(values[1]).toBeCloseTo(3, 14);
  expect(Math.abs(vectors[1]![0]!)).toBeCloseTo(Math.SQRT1_2, 14);
  expect(vectors[0]![0]! * vectors[0]![1]!).toBeCloseTo(-0.5, 14);
});

it("gives a root whose square is the matrix, for any product of a matrix with its transpose", () => {
  const matrices = fc.integer({ min: 1, max: 8 }).chain((N) =>
    fc.array(fc.array(fc.constantFrom<number[]>(-2, -1, 0, 0, 0.5, 1, 3), { minLength: N, maxLength: N }), {
      minLength: N,
      maxLength: N,
    }),
  );
  fc.assert(
    fc.property(matrices, (rows: number[][]) => {
      const product = rows.map((a) => rows.map((b) => a.reduce((total, x, i) => total + x * b[i]!, 0)));
      const eigen = symmetricEigen(product);
      for (const [i, row] of product.entries()) {
        const unit = row.map((_, j) => Number(i === j));
        const twice = powerTimes(eigen, 0.5, powerTimes(eigen, 0.5, unit));
        for (const [j, entry] of row.entries()) expect(twice[j]).toBeCloseTo(entry, 9);
      }
    }),
    { numRuns: 300 },
  );
});

it("undoes a multiplication with the inverse root", () => {
  const eigen = symmetricEigen([
    [4, 1, 0],
    [1, 3, 0.5],
    [0, 0.5, 2],
  ]);
  const back = powerTimes(eigen, -0.5, powerTimes(eigen, 0.5, [1, -2, 3]));
  for (const [i, x] of [1, -2, 3].entries()) expect(back[i]).toBeCloseTo(x, 12);
});

it("keeps roots finite when a direction has no variance left", () => {
  const eigen = symmetricEigen([
    [1, 1],
    [1, 1],
  ]);
  expect(powerTimes(eigen, -0.5, [1, -1]).every(Number.isFinite)).toBe(true);
});
