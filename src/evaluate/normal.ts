/**
 * Returns the standard normal distribution function, to about 1e-15.
 *
 * By the series Φ(x) = 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + …) for |x| < 6; beyond that it is 0 or 1 to 1e-9, which is
 * enough for ranks of a bootstrap.
 *
 * @source Marsaglia 2004, "Evaluating the normal distribution", https://doi.org/10.18637/jss.v011.i04
 */
export function normalCdf(x: number): number {
  if (Math.abs(x) >= 6) return x < 0 ? 0 : 1;
  let sum = x;
  let term = x;
  for (let i = 3; Math.abs(term) > Math.abs(sum) * 1e-17; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Returns the x whose `normalCdf` is p, by bisection, to 1e-12. @param p - in [0, 1]; ±∞ at the ends. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  let [low, high] = [-6, 6];
  while (high - low > 1e-13) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
