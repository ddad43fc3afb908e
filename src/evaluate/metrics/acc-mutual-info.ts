import { z } from "zod";
import { bestChoiceIsRight } from "./best-choice.ts";
import { defineMetric, HARNESS } from "./metric.ts";

/** Whether the choice that the prompt makes more probable than any other is right. Asks for each choice twice. */
export const accMutualInfo = defineMetric({
  name: "acc_mutual_info",
  title: "As acc, with each choice's log-probability after nothing taken off.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "proportion",
  higherIsBetter: true,
  needsUnconditional: true,
  begin: () => ({
    multiple_choice: (answer) => {
      const logprobs = answer.logprobs.map((logprob, i) => logprob - answer.unconditional![i]!);
      return bestChoiceIsRight({ ...answer, logprobs }, () => 1);
    },
  }),
});
