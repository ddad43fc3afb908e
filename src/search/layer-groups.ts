import type { Search } from "./search.ts";

/** Stands for a group for each layer until the models' depth is known; `withLayerGroups` sets it. */
export const EACH_LAYER = 0;

/** Gives a search with a group for each layer as many as the models have. */
export function withLayerGroups(search: Search, layers: number): Search {
  if (search.space.layerGroups !== EACH_LAYER) return search;
  return { ...search, space: { ...search.space, layerGroups: Math.max(1, layers) } };
}
