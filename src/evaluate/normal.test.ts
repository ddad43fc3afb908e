import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "./normal.ts";

// SciPy 1.17.1, scipy.stats.norm
describe("normalCdf", () => {
  it.each([
    [-5.9, 1.8175078630994235e-9],
    [-3, 0.0013498980316300933],
    [-1.5, 0.06680720126885807],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.7, 0.758036347776927],
    [2, 0.9772498680518208],
    [5, 0.9999997133484281],
  ])("is SciPy's at %d", (x, p) => {
    expect(normalCdf(x)).toBeCloseTo(p, 14);
  });

  it("ends at 0 and 1", () => {
    expect([normalCdf(-7), normalCdf(Number.NEGATIVE_INFINITY), normalCdf(7)]).toEqual([0, 0, 1]);
  });
});

describe("normalQuantile", () => {
  it.each([
    [1e-6, -4.753424308822899],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.99999, 4.264890793923841],
  ])("is SciPy's at %d", (p, x) => {
    expect(normalQuantile(p)).toBeCloseTo(x, 9);
  });

  it("is infinite at 0 and 1", () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});
