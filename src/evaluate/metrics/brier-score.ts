import { z } from "zod";
import { defineMetric } from "./metric.ts";

/** The squared distance between the probabilities of the choices and the truth. */
export const brierScore = defineMetric({
  name: "brier_score",
  title: "Squared distance between the choices' probabilities and the truth.",
  source: "https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
  settings: z.strictObject({}),
  aggregation: "mean",
  aggregationName: "brier_score",
  higherIsBetter: false,
  begin: () => ({
    multiple_choice: ({ logprobs, right }) => {
      const highest = Math.max(...logprobs);
      const weights = logprobs.map((logprob) => Math.exp(logprob - highest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.reduce((sum, weight, i) => sum + (weight / total - Number(i === right[0])) ** 2, 0);
    },
  }),
});
