import { z } from "zod";
import { defineMetric, type Tally } from "./metric.ts";
import { countMatches, countNGrams } from "./n-grams.ts";

const ORDERS = [1, 2, 3, 4] as const;

/**
 * BLEU of all responses together, as sacrebleu computes it by default: the tokens of mteval-v13a, exponential
 * smoothing, the closest reference's length.
 *
 * Parts: length of the response, length of the reference, matches of each order, runs of each order.
 */
export const bleu = defineMetric({
  name: "bleu",
  title: "BLEU over all responses, from 0 to 100.",
  source: "https://aclanthology.org/W18-6319",
  settings: z.strictObject({}),
  aggregation: "mean",
  aggregationName: "bleu",
  higherIsBetter: true,
  pool: bleuOf,
  begin: () => ({ generate_until: ({ response, references }) => tally(response, references) }),
});

function tally(response: string, references: readonly string[]): Tally {
  const said = tokenize(response);
  const wanted = references.map(tokenize);
  const length = closestLength(
    said.length,
    wanted.map((tokens) => tokens.length),
  );
  const counts = ORDERS.map((order) => countNGrams(said, order));
  const matches = ORDERS.map((order, i) =>
    countMatches(counts[i]!, mostOf(wanted.map((tokens) => countNGrams(tokens, order)))),
  );
  const runs = ORDERS.map((order) => Math.max(0, said.length - order + 1));
  const parts = [said.length, length, ...matches, ...runs];
  return { value: bleuOf(parts), parts };
}

/** The shorter of equally close ones. */
function closestLength(length: number, lengths: readonly number[]): number {
  return lengths.toSorted((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b)[0]!;
}

function mostOf(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const [run, count] of counts.flatMap((each) => [...each])) most.set(run, Math.max(count, most.get(run) ?? 0));
  return most;
}

/** @source Papineni et al. 2002, "BLEU", https://aclanthology.org/P02-1040; smoothing of Chen & Cherry 2014, method 3 */
function bleuOf(parts: readonly number[]): number {
  const [said = 0, wanted = 0] = parts;
  const matches = ORDERS.map((order) => parts[1 + order] ?? 0);
  const runs = ORDERS.map((order) => parts[5 + order] ?? 0);
  if (matches.every((count) => count === 0) || runs.includes(0)) return 0;
  let smoothing = 1;
  const logs = ORDERS.map((_, i) => {
    if (matches[i] === 0) smoothing *= 2;
    return Math.log(matches[i] === 0 ? 1 / (smoothing * runs[i]!) : matches[i]! / runs[i]!);
  });
  const brevity = said >= wanted ? 0 : 1 - wanted / said;
  return 100 * Math.exp(brevity + logs.reduce((sum, log) => sum + log, 0) / ORDERS.length);
}

const ENTITIES: Readonly<Record<string, string>> = { "&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** The tokens of mteval-v13a: punctuation stands alone, but for marks between digits. */
function tokenize(text: string): readonly string[] {
  const plain = text
    .trimEnd()
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", ENTITIES["&quot;"]!)
    .replaceAll("&amp;", ENTITIES["&amp;"]!)
    .replaceAll("&lt;", ENTITIES["&lt;"]!)
    .replaceAll("&gt;", ENTITIES["&gt;"]!);
  return ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ")
    .split(/\s+/)
    .filter((token) => token !== "");
}
