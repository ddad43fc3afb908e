import { describe, expect, it } from "vitest";
import { normalCdf, normalUpperQuantile } from "./normal-distribution.ts";

// Python's 0.5 * math.erfc(-x / sqrt(2)) and statistics.NormalDist().inv_cdf.
describe("the normal distribution", () => {
  it.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1.999, 0.022804176932658883],
    [-3, 0.0013498980316300957],
    [-8, 6.220960574271819e-16],
    [-20, 2.7536241186063314e-89],
    [3, 0.9986501019683699],
  ])("has Φ(%d)", (x, expected) => expect(normalCdf(x) / expected).toBeCloseTo(1, 9));

  it.each([
    [0.5, 0],
    [0.025, 1.9599639845400538],
    [1e-10, 6.361340902404056],
  ])("leaves %d beyond its quantile", (tail, expected) => expect(normalUpperQuantile(tail)).toBeCloseTo(expected, 9));
});
