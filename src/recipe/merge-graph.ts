/** The recipes of one text as a graph: whose result is whose input. */

import { slicesOf } from "./named-slices.ts";
import type { ModelReference, Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/** Recipes in an order in which each comes after those it needs. */
export interface MergeGraph {
  readonly order: readonly Recipe[];
  /** The one whose result is the output. */
  readonly final: Recipe;
}

/** Orders recipes. @returns undefined after something was noted. */
export function orderMerges(recipes: readonly Recipe[], report: Report): MergeGraph | undefined {
  const before = report.errorCount();
  const byName = nameMerges(recipes, report);
  const final = findFinal(recipes, byName, report);
  if (final === undefined || report.errorCount() > before) return undefined;
  const order: Recipe[] = [];
  const open = new Set<Recipe>();
  const visit = (recipe: Recipe): void => {
    if (order.includes(recipe)) return;
    if (open.has(recipe)) {
      const names = [...open].map(({ name }) => name?.value ?? "the final merge");
      report.error("circular_merges", recipe.name?.place ?? recipe.modules[0]!.place, { names });
      return;
    }
    open.add(recipe);
    for (const needed of neededBy(recipe, byName)) visit(needed);
    open.delete(recipe);
    order.push(recipe);
  };
  recipes.forEach(visit);
  return report.errorCount() > before ? undefined : { order, final };
}

function nameMerges(recipes: readonly Recipe[], report: Report): ReadonlyMap<string, Recipe> {
  const byName = new Map<string, Recipe>();
  for (const recipe of recipes) {
    if (recipe.name === undefined) continue;
    const { value, place } = recipe.name;
    if (/[/\\]|^\.*$/.test(value)) report.error("bad_merge_name", place, { name: value });
    if (byName.has(value)) report.error("duplicate_merge", place, { name: value });
    byName.set(value, recipe);
  }
  return byName;
}

function findFinal(
  recipes: readonly Recipe[],
  byName: ReadonlyMap<string, Recipe>,
  report: Report,
): Recipe | undefined {
  const unnamed = recipes.filter(({ name }) => name === undefined);
  if (unnamed.length > 1) report.error("several_unnamed", unnamed[1]!.modules[0]!.place, {});
  if (unnamed.length > 0) return unnamed[0];
  const used = new Set(recipes.flatMap((recipe) => neededBy(recipe, byName)));
  const last = recipes.filter((recipe) => !used.has(recipe));
  if (last.length === 1 || recipes.length === 1) return last[0] ?? recipes[0];
  const names = last.map(({ name }) => `"${name!.value}"`);
  if (last.length > 1) report.error("final_unclear", last[1]!.name!.place, { names });
  return last[0] ?? recipes[0];
}

function neededBy(recipe: Recipe, byName: ReadonlyMap<string, Recipe>): Recipe[] {
  const references = [
    recipe.base,
    ...slicesOf(recipe).flatMap(({ sources, base }) => [...sources.map(({ model }) => model), base]),
  ];
  const source = recipe.tokenizer?.source;
  const named = source !== undefined && typeof source !== "string" ? [...references, source] : references;
  return [...new Set(named.flatMap((reference) => (reference && byName.get(mergeNameOf(reference))) ?? []))];
}

/** The part of a reference that may be the name of a merge: without `@REVISION` and `+LORA`. */
export function mergeNameOf({ text }: Pick<ModelReference, "text">): string {
  return text.split("+")[0]!.split("@")[0]!;
}
