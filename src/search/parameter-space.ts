/**
 * From points to recipes and back: which variables a search has, and which recipe a point of the space stands for.
 *
 * The recipe is an ordinary mergekit configuration. With one layer group it lists `models`; with more it lists
 * `slices`, one for each group, where embeddings take the settings of the first slice and the final norm and the head
 * those of the last, because that is what mergekit does.
 */

import type { Json } from "../base/canonical-json.ts";
import { invariant } from "../base/errors.ts";
import type { Space, Variable } from "../optim/optimiser.ts";
import { betaQuantile } from "./beta-distribution.ts";
import { searchErrors } from "./errors.ts";
import { toRecipeText } from "./recipe-text.ts";
import type { PlainMerge, Search, SearchModel, SearchRange } from "./search.ts";

/** What one variable sets. */
export interface Slot {
  readonly range: SearchRange;
  /** Index into the search's models; undefined for a parameter that all models share. */
  readonly model: number | undefined;
  readonly group: number;
  /** Index into the space's components; undefined for the rest, and where there are none. */
  readonly component: number | undefined;
  /**
   * Places among the variables: of the number, and of the bit that switches it on where it can be off. Two models that
   * share a parameter have one place.
   */
  readonly place: number;
  readonly bit: number | undefined;
}

/** The values of one parameter of one model, by layer group; what charts show. */
export interface GroupValues {
  readonly parameter: string;
  /** Undefined for a parameter that all models share. */
  readonly model: string | undefined;
  /** [groups] */
  readonly values: readonly number[];
}

/** Returns the variables of a search: for each parameter, for each model where it is per model, for each group. */
export function searchSpace(search: Search): Space {
  const slots = slotsOf(search);
  const variables: Variable[] = [];
  for (const { range, model, group, component, place, bit } of slots) {
    const { parameter, low, high, start, kind } = range;
    if (range.beta !== undefined && model !== 0) continue;
    const parts = [parameter, model === undefined ? undefined : search.models[model]!.name];
    if (search.space.layerGroups > 1) parts.push(`group ${group + 1}`);
    if (search.space.components !== undefined)
      parts.push(component === undefined ? "rest" : search.space.components[component]);
    const name = parts.filter((part) => part !== undefined).join(" · ");
    const number = { name, low, high, start, ...(kind === undefined ? {} : { kind: VARIABLE_KINDS[kind] }) };
    if (bit !== undefined) variables[bit] = { name: `use ${name}`, kind: "choice", low: 0, high: 1, start: 0.5 };
    variables[place] = bit === undefined ? number : { ...number, onlyIf: { variable: bit, equals: 1 } };
  }
  return variables;
}

const VARIABLE_KINDS = { whole: "whole", flag: "choice" } as const;

/**
 * Rounds a point to the digits that its recipe shows, so that the recipe that is written is the recipe that was scored.
 *
 * Four decimals, more for ranges so narrow that four would leave fewer than a thousand steps. Bounds stay bounds.
 */
export function roundToRecipe(search: Search, values: readonly number[]): readonly number[] {
  return roundValues(searchSpace(search), values);
}

/** The same for any space; whole numbers and choices take the nearest option, and the lower one half way. */
export function roundValues(space: Space, values: readonly number[]): readonly number[] {
  invariant(values.length === space.length, "a point has one value for each variable");
  return values.map((value, i) => {
    const { low, high, kind = "real" } = space[i]!;
    const decimals = Math.max(4, Math.ceil(3 - Math.log10(high - low)));
    const rounded = kind === "real" ? Number(value.toFixed(Math.min(decimals, 20))) : Math.ceil(value - 0.5) + 0;
    return Math.min(high, Math.max(low, rounded));
  });
}

/** Groups a point's values for charts and tables. */
export function groupValues(search: Search, values: readonly number[]): readonly GroupValues[] {
  const slots = slotsOf(search);
  const written = writtenValues(search, values);
  const rows = slots.filter(({ group, component }) => group === 0 && component === slots[0]?.component);
  return rows.map(({ range: { parameter }, model, component }) => ({
    parameter,
    model: model === undefined ? undefined : search.models[model]!.name,
    values: written.filter((_, i) => {
      const slot = slots[i]!;
      return slot.range.parameter === parameter && slot.model === model && slot.component === component;
    }),
  }));
}

/**
 * Cuts layers into contiguous groups that differ by at most one layer in size.
 *
 * @returns [groups] half-open ranges, in order.
 * @throws search/too_many_groups. @param where - of the setting, for the error.
 */
export function layerRanges(layers: number, groups: number, where: string): readonly (readonly [number, number])[] {
  if (groups > layers) throw searchErrors.too_many_groups({ where, groups, layers });
  return Array.from({ length: groups }, (_, g) => [
    Math.floor((g * layers) / groups),
    Math.floor(((g + 1) * layers) / groups),
  ]);
}

/**
 * Writes the recipe of a point.
 *
 * @param values - rounded by `roundToRecipe`.
 * @param layers - of every model; not used with one layer group.
 */
export function candidateRecipe(search: Search, values: readonly number[], layers: number): string {
  const { layerGroups } = search.space;
  const point = { search, values };
  if (layerGroups === 1) {
    const shared = settingsAt(point, 0, undefined);
    const models = search.models.map(({ path }, m) => ({ model: path, parameters: settingsAt(point, 0, m) }));
    return toRecipeText({ ...recipeHeader(search), parameters: { ...search.parameters, ...shared }, models });
  }
  const slices = layerRanges(layers, layerGroups, "layer_groups").map((range, group) =>
    recipeSlice(point, group, range),
  );
  return toRecipeText({ ...recipeHeader(search), parameters: search.parameters, slices });
}

/** A point of a search of parameters. */
export interface ParameterPoint {
  readonly search: Search;
  /** Rounded by `roundToRecipe`. */
  readonly values: readonly number[];
}

/** Returns the slice of a recipe that a layer group is. @param range - its first layer, and the one behind its last. */
export function recipeSlice(point: ParameterPoint, group: number, [start, end]: readonly [number, number]): Json {
  const { models, baseModel } = point.search;
  const source = ({ path }: SearchModel, parameters: Json) => ({ model: path, layer_range: [start, end], parameters });
  const sources = models.map((model, m) => source(model, settingsAt(point, group, m)));
  const base = baseModel === undefined ? [] : [source(baseModel, {})];
  return { sources: [...sources, ...base], parameters: settingsAt(point, group, undefined) };
}

/** Writes the recipe of a merge that is not searched. */
export function plainRecipe(merge: PlainMerge, dtype: string | undefined): string {
  const models = merge.models.map(({ path }) => ({ model: path }));
  return toRecipeText({ ...recipeHeader({ ...merge, dtype }), parameters: merge.parameters, models });
}

/** Writes the recipe that is one model, unchanged. */
export function parentRecipe({ path }: SearchModel): string {
  return toRecipeText({ merge_method: "passthrough", models: [{ model: path }] });
}

/** Returns what stands before the models of a recipe. */
export function recipeHeader(merge: Pick<Search, "mergeMethod" | "baseModel" | "dtype">): {
  readonly [key: string]: Json | undefined;
} {
  return { merge_method: merge.mergeMethod, base_model: merge.baseModel?.path, dtype: merge.dtype };
}

/** Returns what a point sets in a layer group for a model, or for the whole merge, in recipe syntax. */
export function settingsAt(
  { search, values }: ParameterPoint,
  group: number,
  model: number | undefined,
): { readonly [parameter: string]: Json } {
  const slots = slotsOf(search);
  const written = writtenValues(search, values);
  const own = slots.flatMap((slot, i) =>
    slot.group === group && slot.model === model ? [{ slot, value: written[i]! }] : [],
  );
  const { components = [] } = search.space;
  return Object.fromEntries(
    [...new Set(own.map(({ slot }) => slot.range))].map((range) => {
      const entries = own.filter(({ slot }) => slot.range === range);
      return [range.parameter, toSetting(range, components, entries)] as const;
    }),
  );
}

/** A flag is written as such where one value holds for all; filters choose among numbers. */
function toSetting(
  { kind }: SearchRange,
  components: readonly string[],
  entries: readonly { readonly slot: Slot; readonly value: number }[],
): Json {
  if (components.length === 0) return kind === "flag" ? entries[0]!.value === 1 : entries[0]!.value;
  return entries.map(({ slot: { component }, value }) =>
    component === undefined ? { value } : { filter: components[component]!, value },
  );
}

const WRITTEN_DIGITS = 1e6;

/** What the recipe says for each slot: a point's number, what stands for off, or the models' shares. */
function writtenValues(search: Search, values: readonly number[]): readonly number[] {
  const slots = slotsOf(search);
  const plain = slots.map(({ range, place, bit }) =>
    bit === undefined || values[bit] === 1 ? values[place]! : (range.off ?? 0),
  );
  return slots.map(({ range, model, group, component }, i) => {
    if (range.beta !== undefined) {
      const ratio = rounded(betaQuantile(plain[i]!, range.beta));
      return model === 0 ? ratio : rounded(1 - ratio);
    }
    if (range.softmax !== true) return plain[i]!;
    const rivals = slots.flatMap((other, k) =>
      other.range === range && other.group === group && other.component === component ? [plain[k]!] : [],
    );
    const highest = Math.max(...rivals);
    const share = Math.exp(plain[i]! - highest) / rivals.reduce((sum, x) => sum + Math.exp(x - highest), 0);
    return rounded(share);
  });
}

function rounded(share: number): number {
  return Math.round(share * WRITTEN_DIGITS) / WRITTEN_DIGITS;
}

/** Returns what a search sets, in the order of recipes: components first, the rest after them. */
export function slotsOf({ models, space: { ranges, layerGroups, components } }: Search): readonly Slot[] {
  const groups = Array.from({ length: layerGroups }, (_, group) => group);
  const parts = components === undefined ? [undefined] : [...components.keys(), undefined];
  let next = 0;
  return ranges.flatMap((range) => {
    const owners = range.perModel ? models.map((_, m) => m) : [undefined];
    const first = next;
    const width = groups.length * parts.length;
    return owners.flatMap((model) =>
      groups.flatMap((group) =>
        parts.map((component, part): Slot => {
          const bit = range.off === undefined ? undefined : next++;
          const isSecond = range.beta !== undefined && next >= first + width;
          const place = isSecond ? first + group * parts.length + part : next++;
          return { range, model, group, component, bit, place };
        }),
      ),
    );
  });
}
