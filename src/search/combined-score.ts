import { type Score, scoreOf } from "../evaluate/score.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** Values of a task's items, NaN where there was nothing to measure. */
export type TaskValues = ReadonlyMap<string, readonly number[]>;

/** Scores a model on every task, and all tasks together. */
export interface ModelScore {
  /** The tasks' mean; the only task's score where there is one. */
  readonly overall: Score;
  /** By task. */
  readonly tasks: ReadonlyMap<string, Score>;
}

/** Turns values of items into scores. @param values - by task; every task has at least one item. */
export function modelScore(tasks: readonly ScoredTask[], values: TaskValues): ModelScore {
  const scores = tasks.map(({ name, aggregation }) => [name, scoreOf(values.get(name)!, aggregation)] as const);
  return { overall: meanScore(scores.map(([, score]) => score)), tasks: new Map(scores) };
}

/**
 * Returns the mean of independent scores, with an interval made of theirs.
 *
 *     mean − √Σ (value_t − low_t)² / T,  mean + √Σ (high_t − value_t)² / T          "MOVER"
 *
 * @param scores - [T], T ≥ 1.
 * @source Zou & Donner 2008, "Construction of confidence limits about effect measures", https://doi.org/10.1002/sim.3095
 */
export function meanScore(scores: readonly Score[]): Score {
  if (scores.length === 1) return scores[0]!;
  const T = scores.length;
  const total = (of: (score: Score) => number): number => scores.reduce((sum, score) => sum + of(score), 0);
  const value = total((score) => score.value) / T;
  return {
    value,
    n: total((score) => score.n),
    low: value - Math.sqrt(total((score) => (score.value - score.low) ** 2)) / T,
    high: value + Math.sqrt(total((score) => (score.high - score.value) ** 2)) / T,
  };
}
