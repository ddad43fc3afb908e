import { z } from "zod";
import { defineMetric } from "./metric.ts";
import { lastNumber } from "./written-number.ts";

/** Whether the last number in the response equals a reference's. */
export const numericMatch = defineMetric({
  name: "numeric_match",
  title: "Share of items whose last number is the reference's.",
  source: "https://arxiv.org/abs/2403.13187",
  settings: z.strictObject({
    /** Largest difference that counts as equal, relative to the reference where that is above 1. */
    tolerance: z.number("a number").min(0, "a number from 0").default(1e-6),
  }),
  aggregation: "proportion",
  higherIsBetter: true,
  begin: ({ tolerance }) => ({
    generate_until: ({ response, references }) => {
      const said = lastNumber(response);
      if (said === undefined) return 0;
      return Number(
        references.some((reference) => {
          const wanted = lastNumber(reference);
          return wanted !== undefined && Math.abs(said - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
        }),
      );
    },
  }),
});
