import type { ComputeDtype } from "../tensor/dtype.ts";
import { roundToGrid } from "./grid.ts";

/**
 * How changes d_m to a base become one, each step rounded to the type:
 *
 *     v_m = weights[m] * d_m
 *     out = base + lambda * (sum of the v_m that count) / w
 *
 * Without a vote all count, and w is the sum of all weights, 1 where that is below 1e-8 in magnitude. With one, an
 * entry's v_m count only where they have the sign of their sum; in an unweighted vote, where the d_m have the sign of
 * theirs (zeros never do; a sum of 0 is a plus). Then w is the sum of the weights of those that count, 1 where that is
 * 0, and at least `leastMass` where that is given. Without `normalize` w is 1.
 */
export interface Consensus {
  readonly dtype: ComputeDtype;
  /** [M], on the type's grid. */
  readonly weights: readonly number[];
  /** For an unweighted vote the weights may not be negative, and `normalize` has to be on. */
  readonly vote: "none" | "weighted" | "unweighted";
  readonly normalize: boolean;
  readonly leastMass?: number;
  readonly lambda: number;
}

/** The w of a consensus without a vote. */
export function plainDivisor({ dtype, weights, normalize }: Consensus): number {
  if (!normalize) return 1;
  const sum = roundToGrid(
    dtype,
    weights.reduce((total, weight) => Math.fround(total + weight), 0),
  );
  return Math.abs(sum) < 1e-8 ? 1 : sum;
}
