import { mcnemarExact } from "../evaluate/mcnemar.ts";
import { signFlipTest } from "../evaluate/sign-flip.ts";
import type { RecipeOutcome } from "./recipe-evaluator.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** What racing compares. */
export type RacingValues = Pick<RecipeOutcome, "values" | "items">;

/** Draws of the permutation test; enough to tell 0.9 from 0.95. */
const DRAWS = 2000;

/**
 * Whether a candidate is worse than the leader on the items that both met, by a paired test.
 *
 * @param confidence - one-sided: 0.9 drops a candidate as good as the leader in one of ten looks.
 * @source Maron & Moore 1994, "Hoeffding races", https://papers.nips.cc/paper/1993/hash/02a32ad2669e6fe298e607fe7cc0e1a0-Abstract.html
 */
export function isClearlyWorse(
  tasks: readonly ScoredTask[],
  candidate: RacingValues,
  leader: RacingValues,
  confidence: number,
): boolean {
  const differences = tasks.flatMap((task) => pairedLosses(task, candidate, leader));
  const total = differences.reduce((sum, difference) => sum + difference, 0);
  if (total <= 0) return false;
  return oneSided(differences) < 1 - confidence;
}

/** Half of a two-sided p-value, of the exact test where every item is right or wrong. */
function oneSided(differences: readonly number[]): number {
  const changed = differences.filter((difference) => difference !== 0);
  const size = Math.abs(changed[0] ?? 0);
  if (changed.every((difference) => Math.abs(difference) === size)) {
    const worse = changed.filter((difference) => difference > 0).length;
    return mcnemarExact(worse, changed.length - worse) / 2;
  }
  return signFlipTest(changed, { draws: DRAWS }) / 2;
}

/** How much worse the candidate is on each item of a task that both met, so that every task weighs as in the mean. */
function pairedLosses(
  { name, higherIsBetter, weight = 1 }: ScoredTask,
  candidate: RacingValues,
  leader: RacingValues,
): readonly number[] {
  const names = leader.items.get(name) ?? [];
  const known = new Map(names.map((item, i) => [item, leader.values.get(name)![i]!]));
  const own = candidate.items.get(name) ?? [];
  const pairs = own.flatMap((item, i) => {
    const theirs = known.get(item);
    return theirs === undefined ? [] : [[candidate.values.get(name)![i]!, theirs] as const];
  });
  const measured = (value: number): number => (Number.isNaN(value) ? 0 : value);
  const sign = higherIsBetter ? 1 : -1;
  return pairs.map(([mine, theirs]) => (sign * weight * (measured(theirs) - measured(mine))) / pairs.length);
}
