import { describe, expect, it } from "vitest";
import { mcnemarExact } from "./mcnemar.ts";

describe("mcnemarExact", () => {
  // statsmodels 0.15.0, mcnemar(exact=True); the pair 121, 59 is the example of its documentation
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [0, 6, 0.03125],
    [5, 12, 0.143463134765625],
    [121, 59, 4.4344492637551645e-6],
    [10, 10, 1],
    [40, 60, 0.05688793364098089],
    [700, 800, 0.010559255466711506],
  ])("gives the p-value of statsmodels for %d against %d", (first, second, p) => {
    expect(mcnemarExact(first, second)).toBeCloseTo(p, 10);
    expect(mcnemarExact(second, first)).toBe(mcnemarExact(first, second));
  });

  it("does not break down where the smallest term is below all numbers", () => {
    expect(mcnemarExact(1, 2000)).toBe(0);
    expect(mcnemarExact(3000, 3000)).toBe(1);
  });
});
