/**
 * Returns McNemar's exact two-sided p-value for two classifiers on the same items.
 *
 * Under the null hypothesis each item that only one of them got right was as likely the other's: p is twice the
 * smaller tail of a fair binomial over these items, at most 1.
 *
 * @param onlyFirst - items that only the first got right.
 * @param onlySecond - items that only the second got right.
 * @source McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages",
 * https://doi.org/10.1007/BF02295996
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // In logarithms, since 2^-n underflows from n = 1075.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
