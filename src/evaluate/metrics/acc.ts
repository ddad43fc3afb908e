import { z } from "zod";
import { bestChoiceIsRight } from "./best-choice.ts";
import { defineMetric, HARNESS } from "./metric.ts";

/** Whether the most probable choice is right; of a single target, whether greedy decoding writes it. */
export const acc = defineMetric({
  name: "acc",
  title: "Share of items whose most probable choice is right.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "proportion",
  higherIsBetter: true,
  begin: () => ({
    multiple_choice: (answer) => bestChoiceIsRight(answer, () => 1),
    loglikelihood: ({ greedy, logprob }) => (Number.isNaN(logprob) ? Number.NaN : Number(greedy)),
  }),
});
