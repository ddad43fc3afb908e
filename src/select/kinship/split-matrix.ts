import type { PairTotals } from "./pair-totals.ts";
import { type Metric, similarity } from "./similarity.ts";

/** Similarities of a pool, tensor by tensor. */
export interface SplitMatrix {
  /** Adds the totals of a tensor, for models a ≤ b. */
  add(a: number, b: number, totals: PairTotals): void;
  /** [n][n]; NaN where no tensor counts. */
  finish(): readonly (readonly number[])[];
}

/**
 * The metric of each tensor, averaged with the numbers of elements as weights: the "split" of the kinship paper's code. A
 * tensor that one of the models did not change has no cosine and no Pearson's r, and counts in neither.
 *
 * @source "Exploring Model Kinship for Merging Large Language Models", https://arxiv.org/abs/2410.12613, released code
 */
export function createSplitMatrix(metric: Metric, count: number): SplitMatrix {
  const table = (): number[][] => Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const [sums, weights] = [table(), table()];
  return {
    add(a, b, totals) {
      if (metric !== "euclidean" && (totals.aa === 0 || totals.bb === 0)) return;
      const value = similarity(metric, totals);
      if (Number.isNaN(value)) return;
      sums[a]![b]! += totals.elements * value;
      weights[a]![b]! += totals.elements;
    },
    finish: () =>
      sums.map((row, i) =>
        row.map((_, j) => {
          if (i === j) return metric === "euclidean" ? 0 : 1;
          const [a, b] = [Math.min(i, j), Math.max(i, j)];
          return sums[a]![b]! / weights[a]![b]!;
        }),
      ),
  };
}
