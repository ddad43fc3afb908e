import { z } from "zod";
import { defineMetric, HARNESS } from "./metric.ts";

/** How surprised the model is by a target: exp of minus the mean over items of the target's log-probability. */
export const perplexity = defineMetric({
  name: "perplexity",
  title: "exp of minus the mean log-probability of the targets.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "perplexity",
  aggregationName: "perplexity",
  higherIsBetter: false,
  begin: () => ({ loglikelihood: ({ logprob }) => logprob }),
});
