import { Z_95 } from "./interval.ts";
import { normalQuantile } from "./normal.ts";

/** Share of repetitions in which the difference is to be found. */
const POWER = 0.8;

/**
 * Returns how many items a paired comparison needs to decide, if the true difference and its spread are the observed
 * ones: a two-sided test at the 5 % level that finds the difference four times out of five.
 *
 *     n = ((z₀.₉₇₅ + z₀.₈) s / d)²
 *
 * @param differences - [n], n ≥ 2.
 * @returns a whole number ≥ 2; Infinity where the mean difference is zero, or where there are fewer than two items.
 */
export function itemsNeeded(differences: readonly number[]): number {
  const n = differences.length;
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / n;
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  if (n < 2 || mean === 0) return Number.POSITIVE_INFINITY;
  const ratio = ((Z_95 + normalQuantile(POWER)) * Math.sqrt(squares / (n - 1))) / mean;
  return Math.max(2, Math.ceil(ratio * ratio));
}
