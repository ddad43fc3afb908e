/** The symmetric beta distribution, whose draws are ratios of two models. */

/**
 * Returns the ratio below which a draw of Beta(α, α) lies with a chance of `share`, within 1e-9.
 *
 * @param share - 0 to 1.
 * @param alpha - above 0.
 */
export function betaQuantile(share: number, alpha: number): number {
  if (share <= 0 || share >= 1) return share <= 0 ? 0 : 1;
  let [low, high] = [0, 1];
  while (high - low > PRECISION) {
    const middle = (low + high) / 2;
    if (betaShare(middle, alpha) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const PRECISION = 1e-10;

/**
 * Returns the chance that a draw of Beta(α, α) lies below a ratio.
 *
 * Half of it by the continued fraction of the incomplete beta function, the other half by symmetry.
 *
 * @source https://dlmf.nist.gov/8.17#v
 */
export function betaShare(ratio: number, alpha: number): number {
  if (ratio <= 0 || ratio >= 1) return ratio <= 0 ? 0 : 1;
  if (ratio > 0.5) return 1 - betaShare(1 - ratio, alpha);
  const logBeta = 2 * logGamma(alpha) - logGamma(2 * alpha);
  const front = Math.exp(alpha * (Math.log(ratio) + Math.log1p(-ratio)) - logBeta);
  return (front / alpha) * continuedFraction(ratio, alpha);
}

/** Terms that are enough for 1e-12 at ratios up to 1/2, for α up to thousands. */
const MOST_TERMS = 10_000;

/** 1/(1 + d₁/(1 + d₂/(1 + …))), by Lentz' method. */
function continuedFraction(x: number, a: number): number {
  let [c, d] = [1, 1 / (1 - (2 * a * x) / (a + 1))];
  let value = d;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const even = (m * (a - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= c * d;
    const odd = (-(a + m) * (2 * a + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return value;
}

/** Shifts the argument up to where Stirling's series is exact to 1e-14. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 15; y++) shift += Math.log(y);
  const inverse = 1 / (y * y);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
