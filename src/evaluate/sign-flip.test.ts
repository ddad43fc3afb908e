import { describe, expect, it } from "vitest";
import { mcnemarExact } from "./mcnemar.ts";
import { signFlipTest } from "./sign-flip.ts";

/** Darwin's maize, fifteen pairs, in eighths of an inch; Fisher's own example. */
const DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

describe("signFlipTest", () => {
  it("finds the 863 patterns in each tail that Fisher counted for Darwin's maize", () => {
    expect(signFlipTest(DARWIN)).toBe((2 * 863) / 2 ** 15);
  });

  it("gives the exact p-value of SciPy's permutation_test, and passes over zeros", () => {
    expect(signFlipTest([0.5, -0.25, 1, 0, 0, 0.75, 0.1, -0.3])).toBe(0.25);
  });

  it("is McNemar's exact test when all differences are one item", () => {
    const differences = [...Array<number>(4).fill(1), ...Array<number>(11).fill(-1), 0, 0, 0];
    expect(signFlipTest(differences)).toBeCloseTo(mcnemarExact(4, 11), 12);
  });

  it("draws patterns beyond sixteen differences, close to the exact value and never zero", () => {
    const differences = [...Array<number>(40).fill(1), ...Array<number>(60).fill(-1)];
    expect(signFlipTest(differences, { draws: 40_000 })).toBeCloseTo(mcnemarExact(40, 60), 2);
    expect(signFlipTest(Array<number>(60).fill(1), { draws: 999 })).toBe(1 / 1000);
  });

  it("answers the same for the same seed", () => {
    const differences = Array.from({ length: 30 }, (_, i) => Math.sin(i) + 0.2);
    expect(signFlipTest(differences, { seed: 4 })).toBe(signFlipTest(differences, { seed: 4 }));
    expect(signFlipTest(differences, { seed: 4 })).not.toBe(signFlipTest(differences, { seed: 5 }));
  });

  it("finds nothing where nothing differs", () => {
    expect(signFlipTest([0, 0, 0])).toBe(1);
  });
});
