import type { PairTotals } from "./pair-totals.ts";

/** How alike two changes are. */
export type Metric = "cosine" | "pearson" | "euclidean";

/** All metrics, the default first. */
export const METRICS: readonly Metric[] = ["cosine", "pearson", "euclidean"];

/**
 * Measures two changes; NaN where the metric is not defined: for a change of zero with one that is not, and where no
 * element is shared. Two changes of zero are identical.
 *
 *     cosine     δa·δb / (|δa| |δb|), with its sign
 *     pearson    the same of δ − mean(δ)
 *     euclidean  |δa − δb|
 *
 * @source "Exploring Model Kinship for Merging Large Language Models", https://arxiv.org/abs/2410.12613, section 3
 */
export function similarity(metric: Metric, totals: PairTotals): number {
  const { elements, aa, bb, ab, sumA, sumB } = totals;
  if (elements === 0) return Number.NaN;
  if (metric === "euclidean") return Math.sqrt(Math.max(0, aa + bb - 2 * ab));
  if (aa === 0 && bb === 0) return 1;
  if (metric === "cosine") return ratio(ab, aa, bb);
  return ratio(ab - (sumA * sumB) / elements, aa - sumA ** 2 / elements, bb - sumB ** 2 / elements);
}

function ratio(ab: number, aa: number, bb: number): number {
  if (!(aa > 0 && bb > 0)) return Number.NaN;
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}

/** Share of the elements changed in both that are changed in the same direction; NaN if there are none. */
export function signAgreement({ sameSign, bothChanged }: PairTotals): number {
  return sameSign / bothChanged;
}

/** What full weights, not changes, have in common. */
export interface WeightSimilarity {
  readonly cosine: number;
  readonly distance: number;
  /** |θa| / |θb| */
  readonly normRatio: number;
}

/** Compares θa = θ + δa with θb = θ + δb. */
export function weightSimilarity({ base, baseA, baseB, aa, bb, ab }: PairTotals): WeightSimilarity {
  const [normA, normB] = [base + 2 * baseA + aa, base + 2 * baseB + bb];
  return {
    cosine: ratio(base + baseA + baseB + ab, normA, normB),
    distance: Math.sqrt(Math.max(0, aa + bb - 2 * ab)),
    normRatio: Math.sqrt(normA / normB),
  };
}
