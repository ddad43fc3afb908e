import { mcnemarExact } from "../evaluate/mcnemar.ts";
import { signFlipTest } from "../evaluate/sign-flip.ts";
import type { RecipeOutcome } from "./recipe-evaluator.ts";
import type { Racing } from "./search.ts";
import type { ItemBlock, ScoredTask } from "./task-evaluation.ts";

/** What racing compares. */
export type RacingValues = Pick<RecipeOutcome, "values" | "items">;

/**
 * The items of a block. Each block is as large as all before it together, so that most candidates stop after few items;
 * turns begin at different items, since a search would else come to fit the first ones.
 */
export function itemsOfBlock<T>(items: readonly T[], block: ItemBlock | undefined): readonly T[] {
  if (block === undefined) return items;
  const { index, blocks, turn = 0 } = block;
  const parts = partsOfRace(blocks);
  const [from, to] = [index === 0 ? 0 : 2 ** (index - 1), 2 ** index];
  const place = (part: number): number => Math.floor((part * items.length) / parts);
  return Array.from({ length: to - from }, (_, i) => (turn * ROTATION + from + i) % parts).flatMap((part) =>
    items.slice(place(part), place(part + 1)),
  );
}

/** Parts of equal size that so many blocks are made of; a task needs as many items. */
export function partsOfRace(blocks: number): number {
  return 2 ** (blocks - 1);
}

/** Odd, so that every part comes first once in a round of turns; not 1, so that turns in a row share few items. */
const ROTATION = 5;

/** A candidate's first block; the turn counts in rounds, so that equal blocks have one name. */
export function firstBlock({ blocks }: Racing, generation: number): ItemBlock {
  return { index: 0, blocks, turn: generation % partsOfRace(blocks) };
}

/** The last blocks of all turns: a candidate that met all items has met one of them. */
export function lastBlocks({ blocks }: Racing): readonly ItemBlock[] {
  return Array.from({ length: partsOfRace(blocks) }, (_, turn) => ({ index: blocks - 1, blocks, turn }));
}

/** Draws of the permutation test; enough to tell 0.9 from 0.95. */
const DRAWS = 2000;

/**
 * Whether a candidate is worse than the leader on the items that both met, by a paired test.
 *
 * @param confidence - one-sided: 0.97 drops a candidate as good as the leader in three of a hundred looks.
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
