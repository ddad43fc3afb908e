import type { z } from "zod";
import type { Item } from "../item.ts";
import type { Place } from "../place.ts";

/** What an item's responses become; in one filter after another, in the order of the task file. */
export type Transform = (responses: readonly string[], item: Item) => readonly string[];

/** A step between what a model wrote and what is scored, as a plugin. `O` is its settings. */
export interface Filter<O = unknown> {
  /** The name in task files, as in lm-evaluation-harness. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly title: string;
  /** Settings beside `function`; a strict object. */
  readonly settings: z.ZodType<O>;
  /** @throws evaluate errors for settings that do not work. */
  begin(settings: O, at: Place): Transform;
}

/** A filter with its settings forgotten: what the registry holds. */
export interface AnyFilter extends Omit<Filter, "begin"> {
  begin(settings: unknown, at: Place): Transform;
}

/** Identity at run time; at compile time it ties `begin` to the declared settings. */
export function defineFilter<O>(filter: Filter<O>): AnyFilter {
  return filter as AnyFilter;
}
