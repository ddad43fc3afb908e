import { z } from "zod";
import { chrfOf, chrfTally } from "./chrf-score.ts";
import { defineMetric } from "./metric.ts";

/** chrF with single words and pairs of words counted too. */
export const chrfPlusPlus = defineMetric({
  name: "chrf++",
  title: "chrF with words and pairs of words counted too.",
  source: "https://aclanthology.org/W17-4770",
  settings: z.strictObject({}),
  aggregation: "mean",
  aggregationName: "chrf++",
  higherIsBetter: true,
  pool: chrfOf,
  begin: () => ({ generate_until: (answer) => chrfTally(answer, [1, 2]) }),
});
