import { z } from "zod";
import { defineMetric, HARNESS } from "./metric.ts";
import { byteCount, perUnit, weightedPerplexity } from "./rolling.ts";

/** How surprised the model is by a byte of the texts, in UTF-8. */
export const bytePerplexity = defineMetric({
  name: "byte_perplexity",
  title: "exp of minus the mean log-probability of a byte.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "perplexity",
  aggregationName: "weighted_perplexity",
  higherIsBetter: false,
  pool: weightedPerplexity,
  begin: () => ({ loglikelihood_rolling: (answer) => perUnit(answer, byteCount) }),
});
