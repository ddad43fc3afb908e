import { z } from "zod";
import { PYTHON_SPACE } from "../python-text.ts";
import { defineMetric, HARNESS } from "./metric.ts";
import { perUnit, weightedPerplexity } from "./rolling.ts";

const SPACES = new RegExp(`[${PYTHON_SPACE}]+`, "u");

/** How surprised the model is by a word of the texts. Words are what white space divides, as in the harness. */
export const wordPerplexity = defineMetric({
  name: "word_perplexity",
  title: "exp of minus the mean log-probability of a word.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "perplexity",
  aggregationName: "weighted_perplexity",
  higherIsBetter: false,
  pool: weightedPerplexity,
  begin: () => ({ loglikelihood_rolling: (answer) => perUnit(answer, (text) => text.split(SPACES).length) }),
});
