import { z } from "zod";
import { defineMetric, HARNESS } from "./metric.ts";
import { byteCount, perUnit } from "./rolling.ts";

/** Bits that the model would need to store a byte of the texts. */
export const bitsPerByte = defineMetric({
  name: "bits_per_byte",
  title: "Minus the mean base-2 log-probability of a byte.",
  source: HARNESS,
  settings: z.strictObject({}),
  aggregation: "mean",
  aggregationName: "bits_per_byte",
  higherIsBetter: false,
  pool: ([logprob = 0, bytes = 0]) => -logprob / bytes / Math.LN2,
  begin: () => ({
    loglikelihood_rolling: (answer) => {
      const { value, parts } = perUnit(answer, byteCount);
      return { value: -value / Math.LN2, parts };
    },
  }),
});
