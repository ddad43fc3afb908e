/** What the three metrics of whole texts share: a log-probability, and a length to divide it by. */

import type { ScoredText, Tally } from "./metric.ts";

/** A text's log-probability per unit of length; parts are the two. */
export function perUnit({ logprob, text }: ScoredText, length: (text: string) => number): Tally {
  const units = length(text);
  return { value: logprob / units, parts: [logprob, units] };
}

/** Bytes of UTF-8. */
export function byteCount(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** exp of minus the mean log-probability of a unit. */
export function weightedPerplexity([logprob = 0, units = 0]: readonly number[]): number {
  return Math.exp(-logprob / units);
}
