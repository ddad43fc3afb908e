import { z } from "zod";
import { bestChoice } from "./best-choice.ts";
import { defineMetric, HARNESS } from "./metric.ts";

/** The harmonic mean of precision and recall of the choice with index 1. */
export const f1 = defineMetric({
  name: "f1",
  title: "Harmonic mean of precision and recall of the second choice.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "proportion",
  aggregationName: "f1",
  higherIsBetter: true,
  pool: ([truePositives = 0, falsePositives = 0, falseNegatives = 0]) => {
    const total = 2 * truePositives + falsePositives + falseNegatives;
    return total === 0 ? 0 : (2 * truePositives) / total;
  },
  begin: () => ({
    multiple_choice: (answer) => {
      const chosen = bestChoice(answer, () => 1);
      const gold = answer.right[0]!;
      const [is, says] = [gold === 1, chosen === 1];
      const parts = [Number(is && says), Number(!is && says), Number(is && !says)];
      return { value: chosen < 0 ? Number.NaN : Number(chosen === gold), parts };
    },
  }),
});
