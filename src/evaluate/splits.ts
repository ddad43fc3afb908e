import { canonicalJson } from "../base/canonical-json.ts";
import { hashFraction } from "../base/hash.ts";
import { evaluateErrors } from "./errors.ts";
import { type Item, identityOf } from "./item.ts";
import type { Task } from "./task.ts";

/** Items that a search may see, items it may not, or both. */
export type SplitName = "search" | "holdout" | "all";

/** Which items of a task to take. */
export interface Selection {
  /** @default "all" */
  readonly split?: SplitName;
  /** At most this many, from the front; ≥ 1. @default all */
  readonly limit?: number;
  /** Of the division into search and holdout, where the task file does not name them. @default 0 */
  readonly seed?: number;
  /** Share of holdout, in [0, 1], where the task file does not name the splits. @default 0.5 */
  readonly holdoutShare?: number;
}

/**
 * Returns the items to score, in the order of the data files.
 *
 * Where the task file names `search_split` and `holdout_split` these are taken ("all" is the test or validation split,
 * else both in turn). Else an item of the test or validation split belongs to holdout when
 *
 *     hash(canonical JSON of [task name, item's id or content, seed]) < holdoutShare
 *
 * where the hash is the first 53 bits of SHA-256 as a fraction. Equal items are on the same side.
 *
 * @throws evaluate/no_items, and what reading data throws.
 */
export function selectItems(
  task: Task,
  { split = "all", limit, seed = 0, holdoutShare = 0.5 }: Selection = {},
): readonly Item[] {
  const { search_split, holdout_split, test_split, validation_split } = task.keys;
  const scored = test_split ?? validation_split;
  const read = (names: readonly string[]): readonly Item[] => names.flatMap((name) => task.readSplit(name));

  const select = (): readonly Item[] => {
    if (search_split !== undefined && holdout_split !== undefined) {
      if (split === "search") return read([search_split]);
      if (split === "holdout") return read([holdout_split]);
      return read(scored === undefined ? [search_split, holdout_split] : [scored]);
    }
    const items = read([scored!]);
    if (split === "all") return items;
    const isHoldout = (item: Item): boolean =>
      hashFraction(canonicalJson([task.name, identityOf(item), seed])) < holdoutShare;
    return items.filter((item) => isHoldout(item) === (split === "holdout"));
  };
  const items = select();
  if (items.length === 0) {
    const why =
      search_split === undefined && split !== "all" ? "no item of the data falls into it" : "the data files are empty";
    throw evaluateErrors.no_items({ where: task.path, task: task.name, split, why });
  }
  return limit === undefined ? items : items.slice(0, limit);
}
