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
  const overall = meanScore(
    scores.map(([, score]) => score),
    tasks.map(({ weight = 1 }) => weight),
  );
  return { overall, tasks: new Map(scores) };
}

/**
 * Returns the mean of independent scores, with an interval made of theirs.
 *
 *     mean − √Σ p_t² (value_t − low_t)²,  mean + √Σ p_t² (high_t − value_t)²,  p_t = w_t/Σ w          "MOVER"
 *
 * @param scores - [T], T ≥ 1. @param weights - [T], positive. @default all equal
 * @source Zou & Donner 2008, "Construction of confidence limits about effect measures", https://doi.org/10.1002/sim.3095
 */
export function meanScore(scores: readonly Score[], weights: readonly number[] = scores.map(() => 1)): Score {
  if (scores.length === 1) return scores[0]!;
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const total = (of: (score: Score, share: number) => number): number =>
    scores.reduce((sum, score, t) => sum + of(score, weights[t]! / all), 0);
  const value = total((score, share) => share * score.value);
  return {
    value,
    n: total((score) => score.n),
    low: value - Math.sqrt(total((score, share) => (share * (score.value - score.low)) ** 2)),
    high: value + Math.sqrt(total((score, share) => (share * (score.high - score.value)) ** 2)),
  };
}
