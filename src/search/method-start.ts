/** Points of searches of methods that stand for recipes, or for models alone. */

import { CodedError } from "../base/errors.ts";
import { type MethodSearch, methodSearches, methodVariables } from "./method-space.ts";
import { layerRanges, roundValues, type Slot, slotsOf } from "./parameter-space.ts";
import { groupOf, type MergedStart, mergePoint, parameterPointOf } from "./parameter-start.ts";
import type { Search } from "./search.ts";
import { badStart, originalOf, type StartRecipe, type StartTensor, startTensors } from "./start-recipe.ts";

/** Finds the point that stands for a recipe with one of the search's methods in every layer group. @throws search/bad_start */
export function methodPoint(search: Search, start: StartRecipe, layers: number): readonly number[] {
  const { layerGroups } = search.space;
  const groups = layerRanges(layers, layerGroups, "layer_groups");
  const tensors = startTensors(start, layers);
  const variables = methodVariables(search);
  const point = variables.map((variable) => variable.start);
  for (const [group, [from, to]] of groups.entries()) {
    const own = tensors.filter(({ name }) => groupOf(name, groups) === group);
    const names = [...new Set(own.map(({ plan }) => plan.method))];
    const searches = methodSearches(search);
    const chosen = searches.findIndex(({ option }) => option.mergeMethod === names[0]);
    if (names.length !== 1 || chosen === -1) {
      const known = searches.map(({ option }) => option.mergeMethod).join(", ");
      const problem = `layers ${from} to ${to - 1} have ${names.join(" and ") || "no merge"}, and the search has ${known}`;
      throw badStart(start, problem);
    }
    point[group] = chosen;
    setGroup(point, { one: searches[chosen]!, group, merged: { start, tensors: own, layers } });
  }
  return roundValues(variables, point);
}

interface GroupStart {
  readonly one: MethodSearch;
  readonly group: number;
  readonly merged: MergedStart;
}

/** Sets the variables of the group's method. */
function setGroup(point: number[], { one, group, merged }: GroupStart): void {
  const { option, search, first } = one;
  const slots = slotsOf(search).filter((slot) => slot.group === group);
  if (option.pair !== undefined) {
    setPair(point, { one, group, merged }, slots);
    return;
  }
  const own = mergePoint(search, merged);
  for (const { place, bit } of slots)
    for (const i of bit === undefined ? [place] : [place, bit]) point[first + i] = own[i]!;
}

/** The pair's numbers are at the high end, but for what makes their share; the others' are at the low end. */
function setPair(point: number[], { one, merged: { start, tensors } }: GroupStart, slots: readonly Slot[]): void {
  const { option, search, first } = one;
  const { components = [] } = search.space;
  const [from, to] = pairOf(start, tensors);
  for (const { range, model, component, place } of slots) {
    const own = tensors.filter(({ name }) => {
      const part = components.findIndex((filter) => name.includes(filter));
      return components.length === 0 || (part === -1 ? undefined : part) === component;
    });
    const shares = own.map(({ work }) => Number(work.settings[option.pair!]));
    const share = shares.length === 0 ? 0.5 : shares.reduce((sum, x) => sum + x, 0) / shares.length;
    const lead = Math.log((1 - share) / share);
    if (!(Math.abs(lead) <= range.high - range.low))
      throw badStart(
        start,
        `its ${option.pair} is ${share}, which numbers of ${range.low} to ${range.high} do not give`,
      );
    const behind = model === from ? Math.max(0, -lead) : Math.max(0, lead);
    point[first + place] = model === from || model === to ? range.high - behind : range.low;
  }
}

function pairOf(start: StartRecipe, tensors: readonly StartTensor[]): readonly [number, number] {
  const pairs = tensors.map(({ plan, work }) =>
    [work.base!, work.models[0]!].map((input) => start.models.indexOf(originalOf(plan, input.model))),
  );
  const [[from, to] = [-1, -1]] = pairs;
  if (from === -1 || to === -1 || pairs.some((pair) => pair[0] !== from || pair[1] !== to))
    throw badStart(start, "it does not merge two of the search's models in all tensors of a layer group");
  return [from!, to!];
}

/** Finds the point that is one model alone: every group has the first method that can leave the others out. @throws search/bad_start */
export function methodPointOf(search: Search, model: number, where: string): readonly number[] {
  const { layerGroups } = search.space;
  const variables = methodVariables(search);
  const point = variables.map((variable) => variable.start);
  for (const [chosen, { option, search: own, first }] of methodSearches(search).entries()) {
    if (option.pair !== undefined || (model === -1 && option.baseModel === undefined)) continue;
    const found = alone(own, model, where);
    if (found === undefined) continue;
    for (let group = 0; group < layerGroups; group++) point[group] = chosen;
    for (const [i, value] of found.entries()) point[first + i] = value;
    return roundValues(variables, point);
  }
  throw badStart({ where }, "no method of this space can leave the other models out");
}

function alone(search: Search, model: number, where: string): readonly number[] | undefined {
  try {
    return parameterPointOf(search, model, where);
  } catch (error) {
    if (error instanceof CodedError && error.code === "search/bad_start") return undefined;
    throw error;
  }
}
