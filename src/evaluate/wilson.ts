import { type Interval, Z_95 } from "./interval.ts";

/**
 * Returns Wilson's 95 % score interval for a proportion, which stays inside [0, 1] and is of use for few items, and for
 * none or all right.
 *
 *     p = successes / n
 *     (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n)
 *
 * @param n - ≥ 1.
 * @param successes - in [0, n].
 * @source Wilson 1927, "Probable inference, the law of succession, and statistical inference",
 * https://doi.org/10.1080/01621459.1927.10502953
 */
export function wilsonInterval(successes: number, n: number): Interval {
  const p = successes / n;
  const z2 = Z_95 ** 2;
  const centre = p + z2 / (2 * n);
  const half = Z_95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  return {
    low: successes === 0 ? 0 : (centre - half) / scale,
    high: successes === n ? 1 : (centre + half) / scale,
  };
}
