import { z } from "zod";
import { defineMetric } from "./metric.ts";

/** Tokens that are compared; more would take quadratic time on texts that nobody reads. */
const MAX_TOKENS = 4_000;

/**
 * The F-score of the longest common subsequence of words, against the best reference.
 *
 * Words are runs of letters and digits in lower case; each character of scripts that write no spaces is one.
 */
export const rougeL = defineMetric({
  name: "rouge_l",
  title: "F-score of the longest common subsequence of words, from 0 to 1.",
  source: "https://aclanthology.org/W04-1013",
  settings: z.strictObject({}),
  aggregation: "mean",
  higherIsBetter: true,
  begin: () => ({
    generate_until: ({ response, references }) => {
      const said = tokenize(response);
      return Math.max(...references.map((reference) => fScore(said, tokenize(reference))));
    },
  }),
});

const TOKEN = /[\p{L}\p{N}]/gv;
const SPACELESS = /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]$/v;

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  let end = -1;
  for (const { 0: character, index } of text.toLowerCase().matchAll(TOKEN)) {
    if (index === end && !SPACELESS.test(character) && !SPACELESS.test(tokens.at(-1)!))
      tokens.push(tokens.pop()! + character);
    else tokens.push(character);
    end = index + character.length;
  }
  return tokens.slice(0, MAX_TOKENS);
}

function fScore(said: readonly string[], wanted: readonly string[]): number {
  if (said.length === 0 || wanted.length === 0) return 0;
  const common = longestCommon(said, wanted);
  return (2 * common) / (said.length + wanted.length);
}

/** @complexity O(n · m) time, O(m) memory. */
function longestCommon(first: readonly string[], second: readonly string[]): number {
  const lengths = new Uint32Array(second.length + 1);
  for (const token of first) {
    let diagonal = 0;
    for (const [j, other] of second.entries()) {
      const above = lengths[j + 1]!;
      lengths[j + 1] = token === other ? diagonal + 1 : Math.max(above, lengths[j]!);
      diagonal = above;
    }
  }
  return lengths[second.length]!;
}
