/** Takes typed values out of a YAML tree and notes what is not as expected. */

import { nearestName } from "../base/nearest.ts";
import type { Place, Report } from "./report.ts";
import { describe, type Tree, type TreeMap } from "./yaml-tree.ts";

/** Returns the mapping, or notes that it is none. */
export function expectMap(tree: Tree, what: string, report: Report): TreeMap | undefined {
  if (tree.kind === "map") return tree;
  report.error("wrong_type", tree.place, { what, expected: "a mapping of keys to values", found: describe(tree) });
  return undefined;
}

/** Returns the items of a list, or notes that it is none. */
export function expectList(tree: Tree, what: string, report: Report): readonly Tree[] | undefined {
  if (tree.kind === "list") return tree.items;
  report.error("wrong_type", tree.place, { what, expected: "a list", found: describe(tree) });
  return undefined;
}

/** Returns a text, or notes that it is none. YAML reads `no`, `on` and `123` as something else. */
export function expectText(tree: Tree, what: string, report: Report): string | undefined {
  if (tree.kind === "scalar" && typeof tree.value === "string") return tree.value;
  const quoted = tree.kind === "scalar" && tree.value !== null ? ", in quotes" : "";
  report.error("wrong_type", tree.place, { what, expected: `a text${quoted}`, found: describe(tree) });
  return undefined;
}

/** Returns the value of a key; keys without a value count as absent. */
export function valueAt(map: TreeMap, key: string): Tree | undefined {
  const value = map.entries.get(key)?.value;
  return value?.kind === "scalar" && value.value === null ? undefined : value;
}

/** Returns the value of a key, or notes that it is missing, at the key that may have been meant. */
export function requireValue(map: TreeMap, key: string, { where, known }: KeyTable, report: Report): Tree | undefined {
  const value = valueAt(map, key);
  if (value !== undefined) return value;
  const misspelt = misspeltKey(map, key, known);
  const place: Place = misspelt === undefined ? map.place : map.entries.get(misspelt)!.keyPlace;
  report.error("missing_key", place, { key, where, misspelt });
  return undefined;
}

/** The keys that a mapping may have. */
export interface KeyTable {
  /** As a sentence names the mapping. */
  readonly where: string;
  readonly known: readonly string[];
}

/** Finds the unknown key of a mapping that was meant to be `key`. */
export function misspeltKey(map: TreeMap, key: string, known: readonly string[]): string | undefined {
  return nearestName(
    key,
    [...map.entries.keys()].filter((other) => !known.includes(other)),
  );
}

/** Notes every key of a mapping that is not in its table. */
export function warnUnknownKeys(map: TreeMap, { known }: KeyTable, report: Report): void {
  for (const [key, { keyPlace }] of map.entries) {
    if (!known.includes(key)) report.warn("unknown_key", keyPlace, { key, nearest: nearestName(key, known), known });
  }
}
