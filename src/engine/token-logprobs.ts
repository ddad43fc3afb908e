import type { TokenLogprobs } from "./engine-request.ts";

/**
 * Looks up how probable a token was, and which were the most probable.
 *
 * @param logits - one row [V], all numbers.
 * @param count - most probable tokens wanted.
 */
export function tokenLogprobs(logits: Float32Array, id: number, count: number): TokenLogprobs {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  const logprobOf = (token: number): number => logits[token]! - largest - Math.log(sum);
  const top = largestIndices(logits, count).map((token) => ({ id: token, logprob: logprobOf(token) }));
  return { id, logprob: logprobOf(id), top };
}

/** The best first, the smaller index first of equals. */
function largestIndices(values: Float32Array, count: number): readonly number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length && count > 0; i++) {
    if (best.length === count && values[i]! <= values[best.at(-1)!]!) continue;
    const place = best.findIndex((other) => values[other]! < values[i]!);
    best.splice(place < 0 ? best.length : place, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
