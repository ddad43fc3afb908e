import { z } from "zod";
import { bestChoiceIsRight } from "./best-choice.ts";
import { defineMetric, HARNESS } from "./metric.ts";

/** Whether the choice of the highest log-probability per character is right. Characters are Unicode code points. */
export const accNorm = defineMetric({
  name: "acc_norm",
  title: "As acc, with log-probabilities divided by the choices' characters.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "proportion",
  higherIsBetter: true,
  begin: () => ({ multiple_choice: (answer) => bestChoiceIsRight(answer, (choice) => Array.from(choice).length) }),
});
