/** Several models on the same items of a task: who wins, how sure that is, and what would decide it. */

import { type Comparison, compareValues, itemKeys } from "./compare.ts";
import { evaluateErrors } from "./errors.ts";
import type { TaskResult } from "./evaluate-task.ts";
import { holmCorrection } from "./holm.ts";
import { itemsNeeded } from "./items-needed.ts";
import type { Score } from "./score.ts";
import { type MetricUse, scoreName } from "./scoring.ts";
import { winnerOptimism } from "./winner-optimism.ts";

/** Two models. Positive differences speak for the first. */
export interface PairComparison extends Comparison {
  readonly first: string;
  readonly second: string;
  readonly test: "McNemar's exact test" | "paired permutation test";
  readonly pValue: number;
  /** After Holm's correction over all pairs of the ranking. */
  readonly correctedPValue: number;
  /** Items that would decide it if the difference is what it seems; Infinity where there is none. */
  readonly itemsNeeded: number;
}

/** Models on one task. */
export interface Ranking {
  readonly task: string;
  readonly metric: string;
  /** The best first. */
  readonly models: readonly { readonly name: string; readonly score: Score }[];
  /** Each model with each that ranks below it. */
  readonly pairs: readonly PairComparison[];
  /** Whether the first is better than every other at the 5 % level, after correction. */
  readonly decided: boolean;
  /** By how much the winner's mean over the items is too good because it was selected on them; see `winnerOptimism`. */
  readonly optimism: number;
}

/** A model's results on the task. */
export interface Contestant {
  readonly name: string;
  readonly result: TaskResult;
}

/** Largest p-value that decides. */
const LEVEL = 0.05;

/**
 * Ranks models by a score.
 *
 * @param metric - the name of a score. @default the first of the task file
 * @throws evaluate/different_items, evaluate/no_such_score
 */
export function rankModels(contestants: readonly Contestant[], metric?: string): Ranking {
  const { task } = contestants[0]!.result;
  const uses = task.scoring.pipelines.flatMap((pipeline) =>
    task.scoring.metrics.map((use) => ({ name: scoreName(task.scoring, pipeline, use), use })),
  );
  const chosen = metric === undefined ? uses[0]! : uses.find(({ name }) => name === metric);
  if (chosen === undefined)
    throw evaluateErrors.no_such_score({ task: task.name, score: metric!, known: uses.map(({ name }) => name) });
  const goodness = valuesByGoodness(contestants, chosen.name, chosen.use);
  const scoreOf = ({ result }: Contestant): Score => result.scores[chosen.name]!;
  const towardsBetter = chosen.use.higherIsBetter ? 1 : -1;
  const badness = (one: Contestant): number => {
    const { value } = scoreOf(one);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : -towardsBetter * value;
  };
  const ranked = contestants.toSorted((a, b) => (badness(a) === badness(b) ? 0 : badness(a) - badness(b)));
  const pairs = comparePairs(ranked, goodness);
  return {
    task: task.name,
    metric: chosen.name,
    models: ranked.map((one) => ({ name: one.name, score: scoreOf(one) })),
    pairs,
    decided: pairs.every(
      ({ first, correctedPValue, difference }) =>
        first !== ranked[0]!.name || (correctedPValue <= LEVEL && difference.value > 0),
    ),
    optimism: winnerOptimism(ranked.map((one) => goodness.get(one)!)),
  };
}

function comparePairs(
  ranked: readonly Contestant[],
  goodness: ReadonlyMap<Contestant, readonly number[]>,
): readonly PairComparison[] {
  const pairs = ranked.flatMap((first, i) =>
    ranked.slice(i + 1).map((second) => {
      const [a, b] = [goodness.get(first)!, goodness.get(second)!];
      const comparison = compareValues(a, b);
      const { mcnemar, permutation } = comparison;
      return {
        ...comparison,
        first: first.name,
        second: second.name,
        test: mcnemar === undefined ? ("paired permutation test" as const) : ("McNemar's exact test" as const),
        pValue: mcnemar ?? permutation,
        itemsNeeded: itemsNeeded(a.map((value, k) => value - b[k]!)),
      };
    }),
  );
  const corrected = holmCorrection(pairs.map(({ pValue }) => pValue));
  return pairs.map((pair, i) => ({ ...pair, correctedPValue: corrected[i]! }));
}

/**
 * The items' values, turned so that higher is better, in the order of the first model's items. What could not be
 * measured counts as the worst value that any model has, and not above 0.
 */
function valuesByGoodness(
  contestants: readonly Contestant[],
  metric: string,
  use: MetricUse,
): ReadonlyMap<Contestant, readonly number[]> {
  // Values of perplexities are log-probabilities, of which the higher ones are better.
  const sign = use.higherIsBetter || use.aggregation === "perplexity" ? 1 : -1;
  const keys = itemKeys(contestants[0]!.result);
  const rows = contestants.map((one) => {
    const own = itemKeys(one.result);
    const values = new Map(own.map((key, i) => [key, sign * one.result.items[i]!.values[metric]!]));
    const task = one.result.task.name;
    const only = keys.find((key) => !values.has(key)) ?? own.find((key) => !keys.includes(key));
    if (only !== undefined || own.length !== keys.length)
      throw evaluateErrors.different_items({ task, only: only ?? `${own.length} items instead of ${keys.length}` });
    return [one, keys.map((key) => values.get(key)!)] as const;
  });
  const known = rows.flatMap(([, values]) => values.filter(Number.isFinite));
  const worst = known.reduce((least, value) => Math.min(least, value), 0);
  return new Map(rows.map(([one, values]) => [one, values.map((value) => (Number.isFinite(value) ? value : worst))]));
}
