/** Points at which a search begins: a recipe, or a model alone. */

import type { Model } from "../model/model.ts";
import type { LayerFacts } from "./candidate-space.ts";
import type { Hop, ScaleFolding } from "./layer-path.ts";
import { layerOrders } from "./layer-space.ts";
import { methodPoint, methodPointOf } from "./method-start.ts";
import { nextOrders } from "./next-stage.ts";
import { parameterPoint, parameterPointOf } from "./parameter-start.ts";
import type { Search } from "./search.ts";
import { badStart, inputOf, layerOf, originalOf, type StartRecipe, scaleOf } from "./start-recipe.ts";

/**
 * Finds the point of a search that stands for a recipe. Where the recipe is finer than the search, a variable gets the
 * mean of what it sets. A search in two stages begins at the merge of a recipe that orders a merge's layers.
 *
 * @param layers - of every model; used by searches of layer groups.
 * @param facts - used by searches of layer orders.
 * @throws search/bad_start for a recipe of another space.
 */
export function recipePoint(
  search: Search,
  start: StartRecipe,
  layers: number,
  facts: LayerFacts | undefined,
): readonly number[] {
  const { order, methods } = search.space;
  const first = search.next === undefined ? start : firstStage(start);
  if (methods !== undefined) return methodPoint(search, first, layers);
  if (order === undefined) return parameterPoint(search, first, layers);
  const orders = layerOrders(order, facts!.depths);
  const found = orders.point(pathOf(start, facts!.folding));
  if (found === undefined) throw badStart(start, "no point of this space is its order of layers");
  return found;
}

/** The merge whose layers a recipe orders, beside those of models; the recipe itself where it orders those of none or several. */
function firstStage(start: StartRecipe): StartRecipe {
  const merge = orderedMerge(start);
  return merge === undefined ? start : { ...start, plan: start.merges.get(merge)! };
}

/** The only merge whose layers a recipe orders. */
function orderedMerge({ plan, merges }: StartRecipe): Model | undefined {
  const models = plan.models.map((_, i) => originalOf(plan, i)).filter((model) => merges.has(model));
  return plan.method === "passthrough" && models.length === 1 ? models[0] : undefined;
}

/**
 * Finds where the second stage of a search may begin beside its best merge as it is: at the order of layers that a recipe
 * puts behind its own merge.
 *
 * @param layers - of every model.
 * @returns undefined where the recipe has no such order, or this stage has no such point.
 */
export function nextPoint(
  search: Search,
  start: StartRecipe,
  layers: number,
  facts: LayerFacts,
): readonly number[] | undefined {
  const merge = orderedMerge(start);
  if (search.next === undefined || merge === undefined) return undefined;
  const { models } = search.next;
  const opened = models.map(({ path }) => start.models[search.models.findIndex((model) => model.path === path)]);
  const pool = [merge, ...opened.filter((model) => model !== undefined)];
  const { plan } = start;
  if (pool.length <= models.length || plan.models.some((_, i) => !pool.includes(originalOf(plan, i)))) return undefined;
  return nextOrders(search, layers, facts).point(pathOf({ ...start, models: pool }, facts.folding));
}

/** Reads a path off a recipe of passthrough slices whose scales stand in the weights. */
function pathOf(start: StartRecipe, folding: ScaleFolding | undefined): readonly Hop[] {
  const { plan, models } = start;
  if (plan.method !== "passthrough")
    throw badStart(start, `its method is ${plan.method}, and the search orders layers`);
  const hops = new Map<number, Hop & { readonly factor: number }>();
  for (const tensor of plan.tensors) {
    const [to, input] = [layerOf(tensor.name), inputOf(tensor)];
    if (to === undefined || input === undefined) continue;
    const [layer, model] = [layerOf(input.tensor), models.indexOf(originalOf(plan, input.model))];
    if (model === -1)
      throw badStart(start, `its model ${plan.models[input.model]!.model.name} is none of the search's`);
    if (layer === undefined) throw badStart(start, `${tensor.name} comes from no layer`);
    const isScaled = folding?.divided.some((part) => tensor.name.includes(part)) ?? false;
    const before = hops.get(to)?.factor ?? 1;
    hops.set(to, { model, layer, scale: 1, factor: isScaled ? 1 / scaleOf(tensor) : before });
  }
  const order = [...hops.keys()].toSorted((a, b) => a - b).map((to) => hops.get(to)!);
  return order.map(({ model, layer, factor }, i) => ({ model, layer, scale: factor / (order[i - 1]?.factor ?? 1) }));
}

/**
 * Finds the point that is one of the models alone; of a path the nearest one, since the first model's ends are pinned.
 *
 * @param model - index into the search's models; −1 for the base.
 * @param where - of what asks for it, for the error.
 * @throws search/bad_start
 */
export function modelPoint(
  search: Search,
  model: number,
  facts: LayerFacts | undefined,
  where: string,
): readonly number[] {
  const { order, methods } = search.space;
  if (methods !== undefined) return methodPointOf(search, model, where);
  if (order === undefined) return parameterPointOf(search, model, where);
  const orders = layerOrders(order, facts!.depths);
  const own = Array.from({ length: facts!.depths[model] ?? 0 }, (_, layer): Hop => ({ model, layer, scale: 1 }));
  const last = facts!.depths[0]! - 1;
  const ends = [{ model: 0, layer: 0, scale: 1 }, ...own.slice(1, -1), { model: 0, layer: last, scale: 1 }];
  const found = orders.point(order.kind === "path" ? ends : own);
  if (found === undefined) throw badStart({ where }, "no point of this space is that model alone");
  return found;
}
