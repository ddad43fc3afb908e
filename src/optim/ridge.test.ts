import { describe, expect, it } from "vitest";
import { createRandom } from "../base/philox.ts";
import { cholesky, inverseDiagonal, solveLower, solveUpper } from "./cholesky.ts";
import { drawCoefficients, fitRidge } from "./ridge.ts";

const MATRIX = Float64Array.of(4, 2, 1, 2, 5, 3, 1, 3, 6);

describe("Cholesky's decomposition", () => {
  it("solves with both triangles", () => {
    const L = cholesky(MATRIX, 3);
    const x = solveUpper(L, solveLower(L, Float64Array.of(7, 10, 10)));
    for (const entry of x) expect(entry).toBeCloseTo(1, 12);
  });

  it("gives the inverse's diagonal", () => {
    // numpy: diag(inv([[4,2,1],[2,5,3],[1,3,6]])) = [21, 23, 16] / 67
    for (const [i, entry] of inverseDiagonal(cholesky(MATRIX, 3)).entries())
      expect(entry).toBeCloseTo([21 / 67, 23 / 67, 16 / 67][i]!, 12);
  });
});

describe("a ridge fit", () => {
  const random = createRandom({ seed: 3, counter: 0 });
  const rows = Array.from({ length: 60 }, () => ({
    places: [0, 1, 2],
    values: [1, random.nextNormal(), random.nextNormal()],
  }));
  const targets = rows.map(({ values: [, a, b] }) => 0.5 + 2 * a! - b! + 0.05 * random.nextNormal());
  const fit = fitRidge({ features: 3, rows, targets, weights: rows.map(() => 1), prior: [1e-4, 1, 1] });

  it("finds the coefficients behind noisy values", () => {
    for (const [i, entry] of fit.mean.entries()) expect(Math.abs(entry - [0.5, 2, -1][i]!)).toBeLessThan(0.05);
  });

  it("tells how noisy the values are", () => {
    expect(Math.sqrt(fit.noise)).toBeGreaterThan(0.04);
    expect(Math.sqrt(fit.noise)).toBeLessThan(0.07);
  });

  it("draws coefficients around them, as wide as they are uncertain", () => {
    const draws = Array.from(
      { length: 400 },
      () =>
        drawCoefficients(
          fit,
          Float64Array.from([0, 1, 2], () => random.nextNormal()),
          1,
        )[1]!,
    );
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const spread = Math.sqrt(draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length);
    expect(mean).toBeCloseTo(fit.mean[1]!, 2);
    expect(spread).toBeGreaterThan(0.002);
    expect(spread).toBeLessThan(0.05);
    expect(drawCoefficients(fit, Float64Array.of(5, 5, 5), 0)).toEqual(fit.mean);
  });
});
