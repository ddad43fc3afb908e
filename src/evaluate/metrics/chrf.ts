import { z } from "zod";
import { chrfOf, chrfTally } from "./chrf-score.ts";
import { defineMetric } from "./metric.ts";

/** chrF of all responses together. */
export const chrf = defineMetric({
  name: "chrf",
  title: "Character n-gram F-score over all responses, from 0 to 100.",
  source: "https://aclanthology.org/W15-3049",
  settings: z.strictObject({}),
  aggregation: "mean",
  aggregationName: "chrf",
  higherIsBetter: true,
  pool: chrfOf,
  begin: () => ({ generate_until: (answer) => chrfTally(answer, []) }),
});
