/** How the next token is chosen. */

import { createRandom } from "../base/philox.ts";
import { argmax } from "./argmax.ts";

/** Settings of random choice, with transformers' meanings. */
export interface Sampling {
  /** Divides the logits; 0 takes the largest. @default 1 */
  readonly temperature?: number;
  /** Only the so many largest logits, and those equal to the last of them; 0 keeps all. @default 0 */
  readonly topK?: number;
  /** Only the most probable tokens that together have at least this probability, above 0. @default 1 */
  readonly topP?: number;
  /** Divides positive and multiplies negative logits of tokens that prompt or text have; above 0. @default 1 */
  readonly repetitionPenalty?: number;
  /** Equal seeds give equal texts, whatever else is written at the same time. @default 0 */
  readonly seed?: number;
}

/**
 * Chooses a token.
 *
 * @param logits - [V]; left as they are.
 * @param seen - ids of prompt and text so far.
 * @param index - how many tokens were chosen before; decides the random number.
 * @returns −1 if a logit is not a number.
 */
export type TokenChoice = (logits: Float32Array, seen: () => Iterable<number>, index: number) => number;

/** Takes the largest logit, the first one of equals. */
export const greedyChoice: TokenChoice = (logits) => argmax(logits, 0, logits.length);

/** Makes a choice of given settings; greedy where they leave nothing to chance. */
export function createChoice(sampling: Sampling | undefined): TokenChoice {
  const { temperature = 1, topK = 0, topP = 1, repetitionPenalty = 1, seed = 0 } = sampling ?? { temperature: 0 };
  if (temperature === 0 && repetitionPenalty === 1) return greedyChoice;
  return (logits, seen, index) => {
    if (greedyChoice(logits, seen, index) < 0) return -1;
    const scores = Float64Array.from(logits);
    if (repetitionPenalty !== 1) penalise(scores, new Set(seen()), repetitionPenalty);
    if (temperature === 0) return largestOf(scores);
    const kept = keepProbable(softmax(keepLargest(scores, topK), temperature), topP);
    return draw(kept, createRandom({ seed, counter: 2 * index }).nextUniform());
  };
}

/** @source Keskar et al. 2019, "CTRL", https://arxiv.org/abs/1909.05858, section 4.1 */
function penalise(scores: Float64Array, seen: ReadonlySet<number>, penalty: number): void {
  for (const id of seen) {
    const score = scores[id];
    if (score !== undefined) scores[id] = score > 0 ? score / penalty : score * penalty;
  }
}

function largestOf(scores: Float64Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

interface Candidate {
  readonly id: number;
  /** A logit, later a probability. */
  readonly weight: number;
}

/** In the order of the ids. */
function keepLargest(scores: Float64Array, topK: number): readonly Candidate[] {
  const isLimited = topK > 0 && topK < scores.length;
  const least = isLimited ? Float64Array.from(scores).sort()[scores.length - topK]! : -Infinity;
  const kept: Candidate[] = [];
  for (const [id, weight] of scores.entries()) if (weight >= least) kept.push({ id, weight });
  return kept;
}

function softmax(candidates: readonly Candidate[], temperature: number): readonly Candidate[] {
  const largest = candidates.reduce((most, { weight }) => Math.max(most, weight), -Infinity);
  const weights = candidates.map(({ weight }) => (weight === largest ? 1 : Math.exp((weight - largest) / temperature)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return candidates.map(({ id }, i) => ({ id, weight: weights[i]! / sum }));
}

function keepProbable(candidates: readonly Candidate[], topP: number): readonly Candidate[] {
  if (topP >= 1) return candidates;
  const sorted = candidates.toSorted((a, b) => b.weight - a.weight || a.id - b.id);
  let sum = 0;
  const after = sorted.findIndex(({ weight }) => {
    sum += weight;
    return sum >= topP;
  });
  return after < 0 ? sorted : sorted.slice(0, after + 1);
}

function draw(candidates: readonly Candidate[], uniform: number): number {
  let left = uniform * candidates.reduce((total, { weight }) => total + weight, 0);
  for (const { id, weight } of candidates) {
    left -= weight;
    if (left < 0) return id;
  }
  return candidates.at(-1)!.id;
}
