import { compareValues } from "../evaluate/compare.ts";
import type { Score } from "../evaluate/score.ts";
import { signFlipTest } from "../evaluate/sign-flip.ts";
import { meanScore, type TaskValues } from "./combined-score.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** Whether two models differ on the same items. */
export interface ModelComparison {
  /** First minus second, in the tasks' mean, with a 95 % interval. */
  readonly difference: Score;
  /** Items on which the first, or the second, has the higher value. */
  readonly firstHigher: number;
  readonly secondHigher: number;
  readonly equal: number;
  /** Two-sided. */
  readonly pValue: number;
  readonly test: "McNemar's exact test" | "paired permutation test";
}

/**
 * Compares two models on the same items of all tasks. Each task weighs the same, as in the overall score.
 *
 * @param first - by task; items in the same order in both.
 */
export function compareModels(tasks: readonly ScoredTask[], first: TaskValues, second: TaskValues): ModelComparison {
  const pairs = tasks.map(({ name }) => [measured(first.get(name)!), measured(second.get(name)!)] as const);
  const each = pairs.map(([a, b]) => compareValues(a, b));
  const total = (of: (one: (typeof each)[number]) => number): number => each.reduce((sum, one) => sum + of(one), 0);
  const [only] = each;
  const isExact = each.length === 1 && only!.mcnemar !== undefined;
  const weighted = pairs.flatMap(([a, b]) => a.map((value, i) => (value - b[i]!) / a.length));
  const permutation = each.length === 1 ? only!.permutation : signFlipTest(weighted);
  return {
    difference: meanScore(each.map(({ difference }) => difference)),
    firstHigher: total(({ firstHigher }) => firstHigher),
    secondHigher: total(({ secondHigher }) => secondHigher),
    equal: total(({ equal }) => equal),
    pValue: isExact ? only!.mcnemar! : permutation,
    test: isExact ? "McNemar's exact test" : "paired permutation test",
  };
}

function measured(values: readonly number[]): readonly number[] {
  return values.map((value) => (Number.isNaN(value) ? 0 : value));
}
