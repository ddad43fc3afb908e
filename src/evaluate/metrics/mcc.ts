import { z } from "zod";
import { bestChoice } from "./best-choice.ts";
import { defineMetric } from "./metric.ts";

/**
 * Matthews' correlation between the right choices and the chosen ones, for any number of choices.
 *
 * Parts count pairs (right, chosen), each at a place of its own that does not depend on the number of choices.
 */
export const mcc = defineMetric({
  name: "mcc",
  title: "Matthews correlation of chosen and right.",
  source: "https://doi.org/10.1016/j.compbiolchem.2004.09.006",
  settings: z.strictObject({}),
  aggregation: "proportion",
  aggregationName: "matthews_corrcoef",
  higherIsBetter: true,
  pool: correlation,
  begin: () => ({
    multiple_choice: (answer) => {
      const chosen = bestChoice(answer, () => 1);
      const gold = answer.right[0]!;
      if (chosen < 0) return { value: Number.NaN, parts: [] };
      const parts = Array<number>(placeOf(gold, chosen) + 1).fill(0);
      parts[placeOf(gold, chosen)] = 1;
      return { value: Number(chosen === gold), parts };
    },
  }),
});

/** Numbers the pairs shell by shell: all with a maximum of m come after all with smaller ones. */
function placeOf(right: number, chosen: number): number {
  return right < chosen ? chosen * chosen + right : right * right + right + chosen;
}

/** @source Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient", eq. 8 */
function correlation(counts: readonly number[]): number {
  const size = Math.ceil(Math.sqrt(counts.length));
  const labels = Array.from({ length: size }, (_, i) => i);
  const count = (right: number, chosen: number): number => counts[placeOf(right, chosen)] ?? 0;
  const sum = (of: (label: number) => number): number => labels.reduce((total, label) => total + of(label), 0);
  const rights = labels.map((right) => sum((chosen) => count(right, chosen)));
  const chosens = labels.map((chosen) => sum((right) => count(right, chosen)));
  const n = sum((label) => rights[label]!);
  const covariance = n * sum((label) => count(label, label)) - sum((label) => rights[label]! * chosens[label]!);
  const spread = (marginal: readonly number[]): number => n * n - sum((label) => marginal[label]! ** 2);
  const scale = Math.sqrt(spread(rights) * spread(chosens));
  return scale === 0 ? 0 : covariance / scale;
}
