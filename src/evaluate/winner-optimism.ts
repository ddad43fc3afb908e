import { createRandom } from "../base/philox.ts";

/** How the resampling is drawn. */
export interface OptimismOptions {
  /** @default 1000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Estimates by how much the best mean of several models is too good, because it was selected on the very items it is the
 * mean of: in each resample of the items the winner is chosen anew, and its mean there is compared with its mean on all
 * items.
 *
 *     optimism = mean over resamples b of (mean of winner(b) on b − mean of winner(b) on the items)
 *
 * @param values - [k][n], higher is better; k ≥ 1, n ≥ 1; the same items in the same order.
 * @returns ≥ 0 but for the noise of resampling; what to take off the winner's mean.
 * @complexity O(resamples · k · n).
 * @source Efron & Tibshirani 1993, "An introduction to the bootstrap", ch. 17; Tibshirani & Tibshirani 2009, "A bias
 * correction for the minimum error rate in cross-validation", https://doi.org/10.1214/08-AOAS224
 */
export function winnerOptimism(
  values: readonly (readonly number[])[],
  { resamples = 1000, seed = 0 }: OptimismOptions = {},
): number {
  const n = values[0]!.length;
  const means = values.map((each) => each.reduce((sum, value) => sum + value, 0) / n);
  const random = createRandom({ seed, counter: 0 });
  let total = 0;
  for (let draw = 0; draw < resamples; draw++) {
    const counts = new Uint32Array(n);
    for (let i = 0; i < n; i++) counts[random.nextBelow(n)]!++;
    const drawn = values.map((each) => each.reduce((sum, value, i) => sum + counts[i]! * value, 0) / n);
    const winner = drawn.indexOf(Math.max(...drawn));
    total += drawn[winner]! - means[winner]!;
  }
  return total / resamples;
}
