/** Points of searches of parameters that stand for recipes, or for models alone. */

import { betaShare } from "./beta-distribution.ts";
import { layerRanges, roundToRecipe, type Slot, slotsOf } from "./parameter-space.ts";
import type { Search } from "./search.ts";
import { badStart, layerOf, originalOf, type StartRecipe, type StartTensor, startTensors } from "./start-recipe.ts";

/** What a recipe sets, and the layers that the search divides. */
export interface MergedStart {
  readonly start: StartRecipe;
  readonly tensors: readonly StartTensor[];
  /** Of every model. */
  readonly layers: number;
}

/** Finds the point that stands for a recipe of the search's method. @throws search/bad_start */
export function parameterPoint(search: Search, start: StartRecipe, layers: number): readonly number[] {
  const tensors = startTensors(start, layers);
  const methods = [...new Set(tensors.map(({ plan }) => plan.method))];
  const other = (methods.length === 0 ? [start.plan.method] : methods).find((method) => method !== search.mergeMethod);
  if (other !== undefined) throw badStart(start, `its method is ${other}, the search's ${search.mergeMethod}`);
  return mergePoint(search, { start, tensors, layers });
}

/** The same for tensors that are known to come from that method; layer groups of which there are none begin anywhere. */
export function mergePoint(search: Search, merged: MergedStart): readonly number[] {
  const { start, layers } = merged;
  checkModels(search, merged);
  checkFixed(search, merged);
  const groups = layerRanges(layers, search.space.layerGroups, "layer_groups");
  const slots = slotsOf(search);
  const settings = slots.map((slot) => meanSetting(search, merged, slot, groups));
  const point: number[] = [];
  for (const [i, slot] of slots.entries()) {
    const [value, { range, model, place, bit }] = [settings[i], slot];
    const isOff = value === undefined || value === range.off;
    if (bit !== undefined) point[bit] = isOff && range.off !== undefined ? 0 : 1;
    if (isOff) point[place] = range.start;
    else if (range.softmax === true) point[place] = toLogShare(slot, { slots, settings });
    else if (range.beta === undefined) point[place] = inRange(start, slot, value);
    else if (model === 0) point[place] = toChance(start, slot, value, settings[slots.findIndex(isOther(slot))]);
  }
  return roundToRecipe(search, point);
}

/** Whether it is the same parameter of another model in the same layers and component. */
function isOther(slot: Slot): (other: Slot) => boolean {
  const { range, group, component, model } = slot;
  return (other) =>
    other.range === range && other.group === group && other.component === component && other.model !== model;
}

function inRange(start: StartRecipe, { range: { low, high, parameter } }: Slot, value: number): number {
  if (value >= low - EDGE && value <= high + EDGE) return value;
  throw badStart(start, `its ${parameter} is ${value}, and the search has ${low} to ${high}`);
}

/** Means of equal numbers may leave a range by this. */
const EDGE = 1e-9;

function checkModels(search: Search, { start, tensors }: MergedStart): void {
  const known = start.base === undefined ? start.models : [...start.models, start.base];
  for (const plan of new Set(tensors.map((tensor) => tensor.plan)))
    for (const [i, { model }] of plan.models.entries())
      if (!known.includes(originalOf(plan, i)))
        throw badStart(start, `its model ${model.name} is none of the search's`);
  const isBase = tensors.some(({ work }) => work.base !== undefined);
  if (isBase !== (search.baseModel !== undefined)) throw badStart(start, "only one of the two has a base model");
}

/** Settings that the search holds fixed must be the recipe's, where they are plain. */
function checkFixed({ parameters }: Search, { start, tensors }: MergedStart): void {
  for (const [name, fixed] of Object.entries(parameters)) {
    if (typeof fixed === "object") continue;
    const differs = tensors.flatMap(({ work }) => [work.settings[name]].flat()).find((value) => value !== fixed);
    if (differs !== undefined)
      throw badStart(start, `its ${name} is ${String(differs)}, and the search's ${String(fixed)}`);
  }
}

/** The mean over the tensors that a slot decides about; undefined where there are none. */
function meanSetting(
  { space: { components = [] } }: Search,
  { start, tensors }: MergedStart,
  { range, model, group, component }: Slot,
  groups: readonly (readonly [number, number])[],
): number | undefined {
  const own = tensors.filter(({ name }) => {
    const part = components.findIndex((filter) => name.includes(filter));
    return (
      groupOf(name, groups) === group && (components.length === 0 || (part === -1 ? undefined : part) === component)
    );
  });
  const values = own.flatMap((tensor) => settingsOf(start, tensor, range.parameter, model));
  if (values.length === 0) return undefined;
  const [first] = values;
  return values.every((value) => value === first) ? first : values.reduce((sum, x) => sum + x, 0) / values.length;
}

function settingsOf(
  start: StartRecipe,
  { plan, work, name }: StartTensor,
  parameter: string,
  model: number | undefined,
): number[] {
  const setting = work.settings[parameter];
  const place = work.models.findIndex((input) => originalOf(plan, input.model) === start.models[model ?? 0]);
  if (model !== undefined && place === -1)
    throw badStart(start, `it does without ${start.models[model]!.name} in ${name}`);
  const value = Array.isArray(setting) ? (setting as unknown[])[Math.max(0, place)] : setting;
  return typeof value === "number" || typeof value === "boolean" ? [Number(value)] : [];
}

/** The layer group of a tensor; what is in no layer counts only where there is one group. */
export function groupOf(tensor: string, groups: readonly (readonly [number, number])[]): number | undefined {
  const layer = layerOf(tensor);
  if (layer === undefined) return groups.length === 1 ? 0 : undefined;
  return groups.findIndex(([from, to]) => layer >= from && layer < to);
}

/** Recipes show shares to six digits. */
const LEAST_SHARE = 1e-6;

interface Found {
  readonly slots: readonly Slot[];
  /** What the recipe has, by slot. */
  readonly settings: readonly (number | undefined)[];
}

/** Of a share its logarithm, less the mean of the models' logarithms, as far as the range has it. */
function toLogShare(slot: Slot, { slots, settings }: Found): number {
  const logs = slots.map((_, i) => Math.log(Math.max(LEAST_SHARE, settings[i] ?? 0)));
  const rivals = [slots.indexOf(slot), ...[...slots.keys()].filter((i) => isOther(slot)(slots[i]!))];
  const mean = rivals.reduce((sum, i) => sum + logs[i]!, 0) / rivals.length;
  return Math.min(slot.range.high, Math.max(slot.range.low, logs[rivals[0]!]! - mean));
}

/** Of the first of two models' shares the chance that a draw lies below it. */
function toChance(start: StartRecipe, { range }: Slot, first: number, second: number | undefined): number {
  const sum = first + (second ?? 0);
  if (!(Math.abs(sum - 1) < LEAST_SHARE * 10 && first > -EDGE && first < 1 + EDGE))
    throw badStart(start, `the models' shares of ${range.parameter} are ${first} and ${second}, and should sum to 1`);
  return betaShare(first, range.beta!);
}

/**
 * Finds the point that is one model alone: its weight is 1 and the others' are 0; whatever else a model has is at its
 * high end, and what all share where the search begins.
 *
 * @param model - index into the search's models; −1 for the base. @param where - of what asks for it.
 * @throws search/bad_start
 */
export function parameterPointOf(search: Search, model: number, where: string): readonly number[] {
  const slots = slotsOf(search);
  const weights = slots.filter(({ range }) => range.parameter === "weight" && range.perModel);
  if (weights.length === 0) throw badStart({ where }, 'a model alone needs a range for "weight"');
  if (model === -1 && weights.some(({ range }) => range.softmax === true || range.beta !== undefined))
    throw badStart({ where }, "the models' weights sum to 1, which leaves nothing to the base");
  const point: number[] = [];
  for (const { range, model: owner, place, bit } of slots) {
    const { low, high, off, perModel, softmax, beta } = range;
    const isOwner = owner === model;
    if (bit !== undefined) point[bit] = 1;
    point[place] = perModel ? high : range.start;
    if (range.parameter !== "weight" || !perModel) continue;
    const weight = isOwner ? 1 : 0;
    if (softmax === true) point[place] = isOwner ? high : low;
    else if (beta !== undefined) point[place] = model === 0 ? 1 : 0;
    else if (bit !== undefined && weight === off) [point[bit], point[place]] = [0, range.start];
    else if (weight < low || weight > high)
      throw badStart({ where }, `a model alone has weights of 0 and 1, and the search has ${low} to ${high}`);
    else point[place] = weight;
  }
  return roundToRecipe(search, point);
}
