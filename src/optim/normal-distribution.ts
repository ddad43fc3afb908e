/** Terms of the continued fraction that give 1e-14: many near −2, few further down. */
const fractionTerms = (x: number): number => Math.ceil(10 + 700 / (x * x));

/**
 * Returns the standard normal distribution function Φ(x), relatively exact to about 1e-14 also far below 0.
 *
 * By the series 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + …) near 0, by Laplace's continued fraction in the tails.
 *
 * @source Marsaglia 2004, "Evaluating the normal distribution", https://doi.org/10.18637/jss.v011.i04
 */
export function normalCdf(x: number): number {
  if (x > 2) return 1 - normalCdf(-x);
  const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x < -2) {
    let fraction = -x;
    for (let k = fractionTerms(x); k >= 1; k--) fraction = -x + k / fraction;
    return density / fraction;
  }
  let total = x;
  let term = x;
  for (let i = 3; Math.abs(term) > Math.abs(total) * 1e-17; i += 2) {
    term *= (x * x) / i;
    total += term;
  }
  return 0.5 + total * density;
}

/** Returns how many standard deviations above the mean a probability `tail` remains. @param tail - in (0, 0.5]; smaller than 1e-300 counts as that. */
export function normalUpperQuantile(tail: number): number {
  let [low, high] = [-40, 0];
  for (let step = 0; step < 70; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < tail) low = middle;
    else high = middle;
  }
  return -(low + high) / 2;
}
