import type { ComputeDtype } from "../tensor/dtype.ts";
import { roundToGrid } from "./grid.ts";

/**
 * How changes d_m to a base become one, each step rounded to the type:
 *
 *     v_m = weights[m] * d_m
 *     out = base + lambda * (sum of the v_m that count) / w
 *
 * With `elect` an entry's v_m count only where they have the sign of their sum (zeros never do; a sum of 0 is a plus),
 * and w is the sum of the weights of those that count, 1 where that is 0. Without, all count, and w is the sum of all
 * weights, 1 where that is below 1e-8 in magnitude. Without `normalize` w is 1.
 */
export interface Consensus {
  readonly dtype: ComputeDtype;
  /** [M], on the type's grid. */
  readonly weights: readonly number[];
  readonly elect: boolean;
  readonly normalize: boolean;
  readonly lambda: number;
}

/** The w of a consensus without election. */
export function plainDivisor({ dtype, weights, normalize }: Consensus): number {
  if (!normalize) return 1;
  const sum = roundToGrid(
    dtype,
    weights.reduce((total, weight) => Math.fround(total + weight), 0),
  );
  return Math.abs(sum) < 1e-8 ? 1 : sum;
}
