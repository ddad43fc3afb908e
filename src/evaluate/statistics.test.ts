/** Intervals and tests against scipy and statsmodels; see test/oracle/statistics.py. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bootstrapInterval } from "./bootstrap.ts";
import { holmCorrection } from "./holm.ts";
import { itemsNeeded } from "./items-needed.ts";
import { mcnemarExact } from "./mcnemar.ts";
import { mean } from "./score.ts";
import { signFlipTest } from "./sign-flip.ts";
import { wilsonInterval } from "./wilson.ts";
import { winnerOptimism } from "./winner-optimism.ts";

interface Golden {
  readonly wilson: readonly (readonly [number, number, number, number])[];
  readonly mcnemar: readonly (readonly [number, number, number])[];
  readonly holm: readonly (readonly [number[], number[]])[];
  readonly permutation: readonly (readonly [number[], number])[];
  readonly items_needed: readonly (readonly [number[], number])[];
  readonly bca: readonly [number[], number, number];
}
const path = join(import.meta.dirname, "../../test/golden/data/statistics.json");
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

describe("statistics agree with scipy and statsmodels", () => {
  it.each(golden.wilson)("Wilson's interval of %i in %i", (successes, n, low, high) => {
    const interval = wilsonInterval(successes, n);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it.each(golden.mcnemar)("McNemar's test of %i and %i", (b, c, p) => expect(mcnemarExact(b, c)).toBeCloseTo(p, 12));

  it.each(golden.holm)("Holm's correction of %j", (given, corrected) => {
    for (const [i, p] of holmCorrection(given).entries()) expect(p).toBeCloseTo(corrected[i]!, 12);
  });

  it.each(golden.permutation)("the permutation test of %j", (differences, p) =>
    expect(signFlipTest(differences)).toBeCloseTo(p, 12),
  );

  it.each(golden.items_needed)("items that decide %j", (differences, n) =>
    expect(Math.abs(itemsNeeded(differences) - n)).toBeLessThanOrEqual(1 + n * 1e-3),
  );

  it("the BCa interval of a mean, up to the noise of 2,000 resamples", () => {
    const [values, low, high] = golden.bca;
    const interval = bootstrapInterval(values, mean);
    expect(Math.abs(interval.low - low)).toBeLessThan(0.05 * (high - low));
    expect(Math.abs(interval.high - high)).toBeLessThan(0.05 * (high - low));
  });
});

describe("itemsNeeded", () => {
  it("never decides where there is no difference", () => {
    expect(itemsNeeded([1, -1])).toBe(Number.POSITIVE_INFINITY);
    expect(itemsNeeded([1])).toBe(Number.POSITIVE_INFINITY);
  });

  it("asks for at least two", () => expect(itemsNeeded([1, 1, 1])).toBe(2));
});

describe("winnerOptimism", () => {
  it("is next to nothing for one model, and for a clear winner", () => {
    const clear = [Array(50).fill(1), Array(50).fill(0)];
    expect(winnerOptimism(clear)).toBe(0);
    expect(Math.abs(winnerOptimism([[0, 1, 0, 1, 1, 0]]))).toBeLessThan(0.02);
  });

  it("is what the best of equals gains by luck", () => {
    // Expected largest of k standard normal draws, times the standard error 0.5/√100: 1.5388 for k = 10.
    const models = Array.from({ length: 10 }, (_, m) =>
      Array.from({ length: 100 }, (_, i) => Number(((i * 7919 + m * 104_729) % 97) % 2)),
    );
    expect(winnerOptimism(models)).toBeGreaterThan(0.03);
    expect(winnerOptimism(models)).toBeLessThan(0.12);
    expect(winnerOptimism(models)).toBe(winnerOptimism(models));
  });
});
