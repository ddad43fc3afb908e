/** Character n-gram F-scores as sacrebleu computes them by default: white space is nothing, recall weighs double. */

import type { Tally, WrittenAnswer } from "./metric.ts";
import { countMatches, countNGrams } from "./n-grams.ts";

const CHARACTER_ORDERS = [1, 2, 3, 4, 5, 6] as const;
const BETA_SQUARED = 4;

/**
 * Measures a response against its best reference.
 *
 * Parts, for each order of characters and then of words: runs of the response, runs of the reference, matches.
 *
 * @param wordOrders - none for chrF, 1 and 2 for chrF++.
 * @source Popović 2015, "chrF: character n-gram F-score", https://aclanthology.org/W15-3049
 */
export function chrfTally({ response, references }: WrittenAnswer, wordOrders: readonly number[]): Tally {
  const said = runsOf(response, wordOrders);
  let best: Tally | undefined;
  for (const reference of references) {
    const wanted = runsOf(reference, wordOrders);
    const parts = said.flatMap((counts, i) => [
      wanted[i]!.size === 0 ? 0 : total(counts),
      total(wanted[i]!),
      countMatches(counts, wanted[i]!),
    ]);
    const value = chrfOf(parts);
    if (best === undefined || value > best.value) best = { value, parts };
  }
  return best!;
}

/** From 0 to 100. Orders that one side has no run of do not count. */
export function chrfOf(parts: readonly number[]): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let i = 0; i < parts.length; i += 3) {
    const [said, wanted, matches] = [parts[i]!, parts[i + 1]!, parts[i + 2]!];
    if (said === 0 || wanted === 0) continue;
    precision += matches / said;
    recall += matches / wanted;
    orders++;
  }
  if (precision + recall === 0) return 0;
  [precision, recall] = [precision / orders, recall / orders];
  return (100 * (1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall);
}

function runsOf(text: string, wordOrders: readonly number[]): readonly ReadonlyMap<string, number>[] {
  const characters = Array.from(text.split(/\s+/).join(""));
  const words = wordOrders.length === 0 ? [] : wordsOf(text);
  return [
    ...CHARACTER_ORDERS.map((order) => countNGrams(characters, order)),
    ...wordOrders.map((order) => countNGrams(words, order)),
  ];
}

const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** A punctuation mark at the end of a word, else at its beginning, is a word of its own. */
function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).flatMap((word) => {
    if (word === "") return [];
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (PUNCTUATION.test(characters.at(-1)!)) return [characters.slice(0, -1).join(""), characters.at(-1)!];
    if (PUNCTUATION.test(characters[0]!)) return [characters[0]!, characters.slice(1).join("")];
    return [word];
  });
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
