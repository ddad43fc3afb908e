import { createRandom } from "../base/philox.ts";

/** How a test with random signs is drawn. */
export interface SignFlipOptions {
  /** @default 10_000 */
  readonly draws?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** Differences up to which all 2^k signs are tried: at most 65,536 sums. */
const MOST_ENUMERATED = 16;

/**
 * Returns the two-sided p-value of the paired permutation test on the sum of differences.
 *
 * Under the null hypothesis each difference was as likely of the other sign: p is the share of all sign patterns whose
 * sum is at least as far from zero as the observed one. With more than 16 differences that are not zero the patterns
 * are drawn, and p = (1 + hits) / (1 + draws).
 *
 * @param differences - [n], finite.
 * @source Fisher 1935, "The design of experiments", §21; Phipson & Smyth 2010, "Permutation p-values should never be
 * zero", https://doi.org/10.2202/1544-6115.1585
 */
export function signFlipTest(
  differences: readonly number[],
  { draws = 10_000, seed = 0 }: SignFlipOptions = {},
): number {
  const sizes = differences.filter((difference) => difference !== 0).map(Math.abs);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  // Sums that are equal on paper may differ in their last bits.
  const limit = observed - total * 1e-12;
  if (sizes.length <= MOST_ENUMERATED) return enumerated(sizes, limit);

  const random = createRandom({ seed, counter: 0 });
  let hits = 0;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    let word = 0;
    for (let i = 0; i < sizes.length; i++) {
      if (i % 32 === 0) word = random.nextUint32();
      sum += word & 1 ? sizes[i]! : -sizes[i]!;
      word >>>= 1;
    }
    if (Math.abs(sum) >= limit) hits++;
  }
  return (1 + hits) / (1 + draws);
}

function enumerated(sizes: readonly number[], limit: number): number {
  const patterns = 2 ** sizes.length;
  let hits = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    let sum = 0;
    for (let i = 0; i < sizes.length; i++) sum += (pattern >>> i) & 1 ? sizes[i]! : -sizes[i]!;
    if (Math.abs(sum) >= limit) hits++;
  }
  return hits / patterns;
}
