import { bootstrapInterval } from "./bootstrap.ts";
import { evaluateErrors } from "./errors.ts";
import type { ItemResult, TaskResult } from "./evaluate-task.ts";
import { mcnemarExact } from "./mcnemar.ts";
import { mean, type Score } from "./score.ts";
import { signFlipTest } from "./sign-flip.ts";

/** Whether two models differ on the same items. Values of failed items count as 0. */
export interface Comparison {
  /** Mean of first − second over the items, with a 95 % interval of the paired bootstrap. */
  readonly difference: Score;
  /** Items on which the first has the higher value. */
  readonly firstHigher: number;
  readonly secondHigher: number;
  readonly equal: number;
  /** Two-sided p-value of McNemar's exact test; undefined where a value is neither 0 nor 1. */
  readonly mcnemar: number | undefined;
  /** Two-sided p-value of the paired permutation test. */
  readonly permutation: number;
}

/** How a comparison is drawn. */
export interface CompareOptions {
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Compares two models by their values for the same items, which tells more than two intervals side by side.
 *
 * @param scoreName - a key of both results' `scores`.
 * @throws evaluate/no_such_score, evaluate/different_items
 */
export function compareResults(
  first: TaskResult,
  second: TaskResult,
  scoreName: string,
  options: CompareOptions = {},
): Comparison {
  const task = first.task.name;
  for (const { scores } of [first, second]) {
    if (scores[scoreName] === undefined)
      throw evaluateErrors.no_such_score({ task, score: scoreName, known: Object.keys(scores) });
  }
  const seconds = new Map(second.items.map((result) => [keyOf(result), result]));
  const firsts = new Set(first.items.map(keyOf));
  const only = [...firsts].find((key) => !seconds.has(key)) ?? [...seconds.keys()].find((key) => !firsts.has(key));
  if (only !== undefined) throw evaluateErrors.different_items({ task, only });
  const values = first.items.map((result) => measuredValue(result, scoreName));
  return compareValues(
    values,
    first.items.map((result) => measuredValue(seconds.get(keyOf(result))!, scoreName)),
    options,
  );
}

/** Compares two lists of values of the same items. @param first - [n], finite, n ≥ 1. @param second - [n], likewise. */
export function compareValues(
  first: readonly number[],
  second: readonly number[],
  { seed = 0 }: CompareOptions = {},
): Comparison {
  const differences = first.map((value, i) => value - second[i]!);
  const firstHigher = differences.filter((difference) => difference > 0).length;
  const secondHigher = differences.filter((difference) => difference < 0).length;
  const isBinary = [...first, ...second].every((value) => value === 0 || value === 1);
  const n = differences.length;
  return {
    difference: { value: mean(differences), n, ...bootstrapInterval(differences, mean, { seed }) },
    firstHigher,
    secondHigher,
    equal: n - firstHigher - secondHigher,
    mcnemar: isBinary ? mcnemarExact(firstHigher, secondHigher) : undefined,
    permutation: signFlipTest(differences, { seed }),
  };
}

/** Names of the items, equal across evaluations of the same items with the same prompts. */
export function itemKeys({ items }: TaskResult): readonly string[] {
  return items.map(keyOf);
}

/** Names an item across evaluations of the same task file; the prompt guards against a file that has changed. */
function keyOf({ item, promptHash }: ItemResult): string {
  return `item ${item.index} of ${item.split} with prompt ${promptHash}`;
}

function measuredValue(result: ItemResult, scoreName: string): number {
  const value = result.values[scoreName]!;
  return Number.isNaN(value) ? 0 : value;
}
