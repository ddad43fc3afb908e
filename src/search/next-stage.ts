/** The second stage of a search: layer orders through the best merge of the first stage, and models. */

import type { CandidateSpace, LayerFacts } from "./candidate-space.ts";
import { pathRecipe } from "./layer-path.ts";
import { type LayerOrders, layerOrders } from "./layer-space.ts";
import { roundValues } from "./parameter-space.ts";
import { joinRecipes, nameOutput } from "./recipe-text.ts";
import type { NextStage, Search } from "./search.ts";

/** What the best merge of the first stage is called in recipes of the second one. */
export const BEST_MERGE = "best-merge";

/** Returns the second stage as a search of its own, with the whole budget. */
export function nextSearch(search: Search, { order, optimiser, models }: NextStage): Search {
  const { next: _, ...rest } = search;
  const pool = [{ name: BEST_MERGE, path: BEST_MERGE }, ...models];
  return {
    ...rest,
    ...{ mergeMethod: "passthrough", models: pool, baseModel: undefined, parameters: {}, optimiser },
    space: { layerGroups: 1, ranges: [], order },
  };
}

/**
 * Returns the second stage's space. Its recipes are the best merge's, which gets a name and is not written anywhere, and
 * the order of layers behind it.
 *
 * @param best - recipe of the first stage's best merge.
 * @param layers - of that merge.
 * @param facts - of the first stage's models.
 */
export function nextSpace(search: Search, best: string, layers: number, facts: LayerFacts | undefined): CandidateSpace {
  const { variables, path } = nextOrders(search, layers, facts);
  const pool = { models: nextSearch(search, search.next!).models, dtype: search.dtype, folding: facts?.folding };
  return {
    variables,
    round: (values) => roundValues(variables, values),
    recipe: (values) => joinRecipes([nameOutput(best, BEST_MERGE), pathRecipe(pool, path(values))]),
  };
}

/** The orders that the second stage searches: of a merge with so many layers, and models. */
export function nextOrders(search: Search, layers: number, facts: LayerFacts | undefined): LayerOrders {
  const { order, models } = search.next!;
  const depthOf = (path: string): number =>
    facts?.depths[search.models.findIndex((model) => model.path === path)] ?? layers;
  return layerOrders(order, [layers, ...models.map((model) => depthOf(model.path))]);
}
