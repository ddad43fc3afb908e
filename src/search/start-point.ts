/** Points at which a search begins: a recipe, or a model alone. */

import type { Model } from "../model/model.ts";
import type { Plan, PlannedTensor } from "../recipe/plan.ts";
import type { LayerFacts } from "./candidate-space.ts";
import { searchErrors } from "./errors.ts";
import type { Hop, ScaleFolding } from "./layer-path.ts";
import { layerOrders } from "./layer-space.ts";
import { layerRanges, roundToRecipe, type Slot, slotsOf } from "./parameter-space.ts";
import type { Search } from "./search.ts";

/** A recipe to begin with, planned. */
export interface StartRecipe {
  readonly plan: Plan;
  /** The search's models, opened as the plan's were, in its order. */
  readonly models: readonly Model[];
  readonly base: Model | undefined;
  /** `file:line:column` of what names the recipe. */
  readonly where: string;
}

/**
 * Finds the point of a search that stands for a recipe. Where the recipe is finer than the search, a variable gets the
 * mean of what it sets.
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
  if (search.space.order === undefined) return parameterPoint(search, start, layers);
  const orders = layerOrders(search.space.order, facts!.depths);
  const found = orders.point(pathOf(start, facts!.folding));
  if (found === undefined) throw badStart(start, "no point of this space is its order of layers");
  return found;
}

function badStart({ where }: Pick<StartRecipe, "where">, problem: string): Error {
  return searchErrors.bad_start({ where, problem });
}

function parameterPoint(search: Search, start: StartRecipe, layers: number): readonly number[] {
  const { method } = start.plan;
  if (method !== search.mergeMethod)
    throw badStart(start, `its method is ${method}, the search's ${search.mergeMethod}`);
  checkModels(search, start);
  checkFixed(search, start);
  const groups = layerRanges(layers, search.space.layerGroups, "layer_groups");
  const slots = slotsOf(search);
  const point: number[] = [];
  for (const slot of slots) {
    const value = meanSetting(search, start, slot, groups);
    const { off, start: middle } = slot.range;
    const isOff = value === undefined || value === off;
    if (slot.bit !== undefined) point[slot.bit] = isOff && off !== undefined ? 0 : 1;
    point[slot.place] = isOff ? middle : value;
  }
  for (const slot of slots) {
    if (slot.range.softmax === true) continue;
    const { low, high, parameter } = slot.range;
    const value = point[slot.place]!;
    if (!(value >= low - EDGE && value <= high + EDGE))
      throw badStart(start, `its ${parameter} is ${value}, and the search has ${low} to ${high}`);
  }
  return roundToRecipe(search, fromShares(slots, point));
}

/** Means of equal numbers may leave a range by this. */
const EDGE = 1e-9;

function checkModels(search: Search, start: StartRecipe): void {
  const known = start.base === undefined ? start.models : [...start.models, start.base];
  for (const { model, original } of start.plan.models)
    if (!known.includes(original ?? model)) throw badStart(start, `its model ${model.name} is none of the search's`);
  const isBase = start.plan.tensors.some(({ work }) => work.kind === "merge" && work.base !== undefined);
  if (isBase !== (search.baseModel !== undefined)) throw badStart(start, "only one of the two has a base model");
}

/** Settings that the search holds fixed must be the recipe's, where they are plain. */
function checkFixed({ parameters }: Search, start: StartRecipe): void {
  const work = start.plan.tensors.find((tensor) => tensor.work.kind === "merge")?.work;
  if (work?.kind !== "merge") return;
  for (const [name, fixed] of Object.entries(parameters)) {
    const own = [work.settings[name]].flat();
    const differs = own.find((value) => value !== fixed);
    if (typeof fixed !== "object" && differs !== undefined)
      throw badStart(start, `its ${name} is ${String(differs)}, and the search's ${String(fixed)}`);
  }
}

/** The mean over the tensors that a slot decides about; undefined where there are none. */
function meanSetting(
  { space: { components = [] } }: Search,
  start: StartRecipe,
  { range, model, group, component }: Slot,
  groups: readonly (readonly [number, number])[],
): number | undefined {
  const tensors = start.plan.tensors.filter(({ name }) => {
    const part = components.findIndex((filter) => name.includes(filter));
    return (
      groupOf(name, groups) === group && (components.length === 0 || (part === -1 ? undefined : part) === component)
    );
  });
  const values = tensors.flatMap((tensor) => settingsOf(start, tensor, range.parameter, model));
  if (values.length === 0) return undefined;
  const [first] = values;
  return values.every((value) => value === first) ? first : values.reduce((sum, x) => sum + x, 0) / values.length;
}

function settingsOf(
  start: StartRecipe,
  { work, name }: PlannedTensor,
  parameter: string,
  model: number | undefined,
): number[] {
  if (work.kind !== "merge") return [];
  const setting = work.settings[parameter];
  const place = work.models.findIndex((input) => originalOf(start, input.model) === start.models[model ?? 0]);
  if (model !== undefined && place === -1)
    throw badStart(start, `it does without ${start.models[model]!.name} in ${name}`);
  const value = Array.isArray(setting) ? (setting as unknown[])[place] : setting;
  return typeof value === "number" ? [value] : [];
}

function originalOf({ plan }: StartRecipe, index: number): Model {
  const { model, original } = plan.models[index]!;
  return original ?? model;
}

/** The first number in a tensor's name is its layer; what comes before the layers is in the first group, the rest in the last. */
function groupOf(tensor: string, groups: readonly (readonly [number, number])[]): number | undefined {
  const layer = layerOf(tensor);
  if (layer === undefined) return groups.length === 1 ? 0 : undefined;
  return groups.findIndex(([from, to]) => layer >= from && layer < to);
}

function layerOf(tensor: string): number | undefined {
  const found = /(?:^|\.)(\d+)\./.exec(tensor);
  return found === null ? undefined : Number(found[1]);
}

/** Recipes show shares to six digits. */
const LEAST_SHARE = 1e-6;

/** Of shares their logarithms, with a mean of 0, as far as the range has them. */
function fromShares(slots: readonly Slot[], point: readonly number[]): readonly number[] {
  const moved = [...point];
  for (const slot of slots) {
    if (slot.range.softmax !== true) continue;
    const rivals = slots.filter(
      ({ range, group, component }) => range === slot.range && group === slot.group && component === slot.component,
    );
    const { low, high } = slot.range;
    const log = ({ place }: Slot): number => Math.log(Math.max(LEAST_SHARE, point[place]!));
    const mean = rivals.reduce((sum, rival) => sum + log(rival), 0) / rivals.length;
    moved[slot.place] = Math.min(high, Math.max(low, log(slot) - mean));
  }
  return moved;
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
    const [layer, model] = [layerOf(input.tensor), models.indexOf(originalOf(start, input.model))];
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

function inputOf({ work }: PlannedTensor) {
  return work.kind === "copy" ? work.from : work.models[0];
}

function scaleOf({ work }: PlannedTensor): number {
  if (work.kind === "copy") return 1;
  const [scale] = work.settings["scale"] as readonly (number | null)[];
  return scale ?? 1;
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
  const { order } = search.space;
  if (order === undefined) return aloneInParameters(search, model, where);
  const orders = layerOrders(order, facts!.depths);
  const own = Array.from({ length: facts!.depths[model] ?? 0 }, (_, layer): Hop => ({ model, layer, scale: 1 }));
  const last = facts!.depths[0]! - 1;
  const ends = [{ model: 0, layer: 0, scale: 1 }, ...own.slice(1, -1), { model: 0, layer: last, scale: 1 }];
  const found = orders.point(order.kind === "path" ? ends : own);
  if (found === undefined) throw badStart({ where }, "no point of this space is that model alone");
  return found;
}

/** Its weight is 1 and the others' are 0; whatever else a model has is at its high end, and what all share where the search begins. */
function aloneInParameters(search: Search, model: number, where: string): readonly number[] {
  const slots = slotsOf(search);
  if (!slots.some(({ range }) => range.parameter === "weight" && range.perModel))
    throw badStart({ where }, 'a model alone needs a range for "weight"');
  const point: number[] = [];
  for (const { range, model: owner, place, bit } of slots) {
    const { low, high, off, parameter, perModel, softmax } = range;
    if (bit !== undefined) point[bit] = 1;
    point[place] = perModel ? high : range.start;
    if (parameter !== "weight") continue;
    const weight = owner === model ? 1 : 0;
    if (softmax === true) point[place] = owner === model ? high : low;
    else if (bit !== undefined && weight === off) [point[bit], point[place]] = [0, range.start];
    else if (weight < low || weight > high)
      throw badStart({ where }, `a model alone has weights of 0 and 1, and the search has ${low} to ${high}`);
    else point[place] = weight;
  }
  return roundToRecipe(search, point);
}
