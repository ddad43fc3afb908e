import { z } from "zod";
import { compilePattern } from "../filters/regex.ts";
import { defineMetric } from "./metric.ts";

const flag = z.boolean("true or false").default(false);

/** Python's `string.punctuation`. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** Whether the response is one of the references, after what is to be ignored was taken out of both. */
export const exactMatch = defineMetric({
  name: "exact_match",
  title: "Share of items whose response equals a reference.",
  source: "https://github.com/huggingface/evaluate/tree/main/metrics/exact_match",
  settings: z.strictObject({
    ignore_case: flag,
    ignore_punctuation: flag,
    ignore_numbers: flag,
    regexes_to_ignore: z.array(z.string(), "a list of patterns").default([]),
  }),
  aggregation: "proportion",
  higherIsBetter: true,
  begin(settings, at) {
    const patterns = settings.regexes_to_ignore.map((pattern) => compilePattern(pattern, "regexes_to_ignore", at));
    const normal = (text: string): string => {
      let kept = patterns.reduce((rest, pattern) => pattern.remove(rest), text);
      if (settings.ignore_case) kept = kept.toLowerCase();
      if (settings.ignore_punctuation) kept = kept.replace(PUNCTUATION, "");
      return settings.ignore_numbers ? kept.replace(/[0-9]/g, "") : kept;
    };
    return {
      generate_until: ({ response, references }) =>
        Number(references.some((reference) => normal(reference) === normal(response))),
      multiple_choice: ({ greedy, right }) => Number(right.some((i) => greedy[i])),
    };
  },
});
