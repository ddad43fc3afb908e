import { z } from "zod";
import { countEdits } from "./edits-with-shifts.ts";
import { defineMetric, type Tally } from "./metric.ts";

/**
 * Translation edit rate of all responses together, as sacrebleu computes it by default: words are what white space
 * divides, case is ignored.
 *
 * Parts: edits towards the nearest reference, mean length of the references.
 */
export const ter = defineMetric({
  name: "ter",
  title: "Edits per word of the reference, in percent.",
  source: "https://aclanthology.org/2006.amta-papers.25",
  settings: z.strictObject({}),
  aggregation: "mean",
  aggregationName: "ter",
  higherIsBetter: false,
  pool: terOf,
  begin: () => ({
    generate_until: ({ response, references }): Tally => {
      const said = wordsOf(response);
      const wanted = references.map(wordsOf);
      const edits = Math.min(...wanted.map((words) => countEdits(said, words)));
      const parts = [edits, wanted.reduce((sum, words) => sum + words.length, 0) / wanted.length];
      return { value: terOf(parts), parts };
    },
  }),
});

function terOf([edits = 0, length = 0]: readonly number[]): number {
  if (length > 0) return (100 * edits) / length;
  return edits > 0 ? 100 : 0;
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}
