/**
 * Searches over which method merges which layers: their variables, and the recipe that a point stands for.
 *
 * A layer group has a choice of methods, and every method has its parameters for every group, which matter while the
 * group has that method. Recipes have one method, so with several groups each is a merge of its own with a name, and the
 * last document puts them one behind the other; nothing but that is written in the end.
 *
 * @source Su & Geiping 2025, "Fine, I'll merge it myself", section 3.1, https://arxiv.org/abs/2502.04030
 */

import type { Json } from "../base/canonical-json.ts";
import type { Space, Variable } from "../optim/optimiser.ts";
import {
  candidateRecipe,
  layerRanges,
  type ParameterPoint,
  recipeHeader,
  recipeSlice,
  searchSpace,
  settingsAt,
  slotsOf,
} from "./parameter-space.ts";
import { joinRecipes, toRecipeText } from "./recipe-text.ts";
import type { MethodOption, Search } from "./search.ts";

/** One of the methods, as a search of its own. */
export interface MethodSearch {
  readonly option: MethodOption;
  readonly search: Search;
  /** Its variables are those from here on. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
}

/** Returns the methods of a search; the variables before them are the groups' choices. */
export function methodSearches(search: Search): readonly MethodSearch[] {
  const { layerGroups, components, methods } = search.space;
  let first = layerGroups;
  return methods!.map((option) => {
    const { mergeMethod, parameters, ranges, models, baseModel } = option;
    const space = { layerGroups, ranges, ...(components === undefined ? {} : { components }) };
    const own: Search = { ...search, mergeMethod, parameters, models, baseModel, space };
    const count = searchSpace(own).length;
    const found = { option, search: own, first, count };
    first += count;
    return found;
  });
}

/** Returns the variables: a choice for each group, and then method by method what each of them has. */
export function methodVariables(search: Search): Space {
  const { layerGroups, methods } = search.space;
  const groups = Array.from({ length: layerGroups }, (_, group) => group);
  const high = methods!.length - 1;
  const choices = groups.map((group): Variable => {
    const name = layerGroups === 1 ? "method" : `method · group ${group + 1}`;
    return { name, kind: "choice", low: 0, high, start: high === 1 ? 0.5 : 0 };
  });
  const numbers = methodSearches(search).flatMap(({ option, search: own, first }, equals) => {
    const groupOf = new Map(
      slotsOf(own).flatMap(({ place, bit, group }) => [[place, group] as const, [bit, group] as const]),
    );
    return searchSpace(own).map((variable, i): Variable => {
      const name = `${option.mergeMethod} · ${variable.name}`;
      // A number that can be off waits for its bit, which waits for the method.
      const { onlyIf } = variable;
      const condition =
        onlyIf === undefined
          ? { variable: groupOf.get(i)!, equals }
          : { variable: first + onlyIf.variable, equals: onlyIf.equals };
      return { ...variable, name, onlyIf: condition };
    });
  });
  return [...choices, ...numbers];
}

/** Writes the recipe of a point: of several documents where there are several layer groups. @param layers - of every model. */
export function methodRecipe(search: Search, values: readonly number[], layers: number): string {
  const { layerGroups } = search.space;
  const searches = methodSearches(search);
  const pointAt = (group: number): ParameterPoint => {
    const { option, search: own, first, count } = searches[values[group]!]!;
    const point = { search: own, values: values.slice(first, first + count) };
    return option.pair === undefined ? point : chosenPair(point, option.pair, group);
  };
  if (layerGroups === 1) {
    const point = pointAt(0);
    return candidateRecipe(point.search, point.values, layers);
  }
  const ranges = layerRanges(layers, layerGroups, "layer_groups");
  const merges = ranges.map((range, group): string => {
    const point = pointAt(group);
    const { parameters } = point.search;
    const slices = [recipeSlice(point, group, range)];
    return toRecipeText({ name: groupName(group), ...recipeHeader(point.search), parameters, slices });
  });
  const slices = ranges.map(([start, end], group) => ({
    sources: [{ model: groupName(group), layer_range: [0, end - start] }],
  }));
  return joinRecipes([...merges, toRecipeText({ merge_method: "passthrough", dtype: search.dtype, slices })]);
}

/** Returns the method of each layer group; none where the search chooses none. */
export function chosenMethods(
  { space: { methods = [], layerGroups } }: Search,
  values: readonly number[],
): readonly string[] {
  return methods.length === 0 ? [] : values.slice(0, layerGroups).map((option) => methods[option]!.mergeMethod);
}

function groupName(group: number): string {
  return `group-${group + 1}`;
}

/** Shares are written to six digits. */
const SHARE_DIGITS = 1e6;

/** The two models with the highest sums of numbers, the earlier ones of equal, and the second one's share in each component. */
function chosenPair(point: ParameterPoint, pair: string, group: number): ParameterPoint {
  const { search, values } = point;
  const { components = [] } = search.space;
  const own = slotsOf(search).filter((slot) => slot.range.parameter === pair && slot.group === group);
  const numberOf = (model: number, component: number | undefined): number =>
    values[own.find((slot) => slot.model === model && slot.component === component)!.place]!;
  const sums = search.models.map((_, m) =>
    own.reduce((sum, slot) => (slot.model === m ? sum + values[slot.place]! : sum), 0),
  );
  const [from, to] = search.models.map((_, m) => m).toSorted((a, b) => sums[b]! - sums[a]! || a - b) as [
    number,
    number,
  ];
  const shareIn = (component: number | undefined): number => {
    const share = 1 / (1 + Math.exp(numberOf(from, component) - numberOf(to, component)));
    return Math.round(share * SHARE_DIGITS) / SHARE_DIGITS;
  };
  const share: Json =
    components.length === 0
      ? shareIn(undefined)
      : [...components.map((filter, c) => ({ filter, value: shareIn(c) })), { value: shareIn(undefined) }];
  const merged: Search = {
    ...search,
    ...{ baseModel: search.models[from], models: [search.models[to]!] },
    parameters: { ...search.parameters, ...settingsAt(point, group, undefined), [pair]: share },
    space: { ...search.space, ranges: [] },
  };
  return { search: merged, values: [] };
}
