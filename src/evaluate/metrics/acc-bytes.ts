import { z } from "zod";
import { bestChoiceIsRight } from "./best-choice.ts";
import { defineMetric, HARNESS } from "./metric.ts";

/** Whether the choice of the highest log-probability per byte of UTF-8 is right. */
export const accBytes = defineMetric({
  name: "acc_bytes",
  title: "As acc, with log-probabilities divided by the choices' bytes.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "proportion",
  higherIsBetter: true,
  begin: () => {
    const encoder = new TextEncoder();
    return { multiple_choice: (answer) => bestChoiceIsRight(answer, (choice) => encoder.encode(choice).length) };
  },
});
