/**
 * Corrects p-values of several tests so that all that stay below α are, together, wrong with a probability of at most α.
 *
 *     sorted p₁ ≤ … ≤ pₘ:   p̃ₖ = max over j ≤ k of min(1, (m − j + 1) pⱼ)
 *
 * @param pValues - [m], in any order. @returns [m], in the same order.
 * @source Holm 1979, "A simple sequentially rejective multiple test procedure", https://www.jstor.org/stable/4615733
 */
export function holmCorrection(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, i) => i).toSorted((a, b) => pValues[a]! - pValues[b]!);
  const corrected = Array<number>(pValues.length);
  let highest = 0;
  for (const [rank, i] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    corrected[i] = highest;
  }
  return corrected;
}
