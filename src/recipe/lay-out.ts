/** Turns `models` and `slices` into one form: slices of opened models with checked layer ranges. */

import type { AnyMethod } from "../methods/method.ts";
import type { OpenedModel } from "./open-inputs.ts";
import { isSameModel, type ModelReference, type ParameterMap, type Recipe, type Source } from "./recipe.ts";
import type { Place, Report } from "./report.ts";

/** One input of a slice. */
export interface LaidSource {
  readonly opened: OpenedModel;
  readonly parameters: ParameterMap;
  readonly place: Place;
  /** First layer, in each of the model's rows of layers. */
  readonly start: number;
}

/** A run of output layers whose inputs are known. */
export interface LaidSlice {
  /** As a sentence names it: `slices.0`, `models`. */
  readonly name: string;
  /** In the order of the recipe; a base that is not listed comes last under `models`. */
  readonly sources: readonly LaidSource[];
  /** Base model of this slice, whether it is a source or not. */
  readonly base: ModelReference | undefined;
  /** The base's index in `sources`; undefined if it is not one of them. */
  readonly baseAt: number | undefined;
  readonly parameters: ParameterMap;
  readonly place: Place;
  /** Layers of each tower; every tower counts from 0 in the output. */
  readonly towers: ReadonlyMap<string, number>;
}

/** What laying out needs. */
export interface LayOut {
  readonly recipe: Recipe;
  readonly method: AnyMethod;
  readonly opened: readonly OpenedModel[];
  readonly report: Report;
}

/**
 * Lays a recipe out and checks the inputs of each slice: how many there are, whether the base is among them, layer ranges.
 *
 * @returns undefined if something was noted as an error.
 */
export function layOut(context: LayOut): readonly LaidSlice[] | undefined {
  const { recipe, report } = context;
  const before = report.problems().length;
  const slices =
    recipe.layout.kind === "models"
      ? [layOutModels(context, recipe.layout)]
      : layOutSlices(context, recipe.layout.slices);
  for (const slice of slices) checkInputs(context, slice);
  return report.problems().length > before ? undefined : slices;
}

function find(opened: readonly OpenedModel[], reference: ModelReference): OpenedModel {
  return opened.find((model) => isSameModel(model.reference, reference))!;
}

function layOutModels({ recipe, opened, report }: LayOut, layout: Recipe["layout"] & { kind: "models" }): LaidSlice {
  const { base } = recipe;
  const listed = layout.sources.map((source) => ({ ...source, opened: find(opened, source.model), start: 0 }));
  const isListed = base === undefined || layout.sources.some((source) => isSameModel(source.model, base));
  const sources: LaidSource[] = isListed
    ? listed
    : [...listed, { opened: find(opened, base), parameters: new Map(), place: base.place, start: 0 }];
  const counts = new Map<string, number>();
  for (const tower of new Set(sources.flatMap(({ opened: model }) => [...model.map.towers.keys()]))) {
    const lengths = sources.map(({ opened: model }) => model.map.towers.get(tower)?.count ?? 0);
    compareLengths(lengths, sources, { name: "models", place: layout.place, report });
    counts.set(tower, lengths[0]!);
  }
  const { place } = layout;
  return {
    name: "models",
    sources,
    base,
    baseAt: indexOf(sources, base),
    parameters: new Map(),
    place,
    towers: counts,
  };
}

function layOutSlices(
  { recipe, opened, report }: LayOut,
  slices: (Recipe["layout"] & { kind: "slices" })["slices"],
): LaidSlice[] {
  return slices.map((slice, i) => {
    const name = `slices.${i}`;
    const base = slice.base ?? recipe.base;
    const sources = slice.sources.map((source): LaidSource => {
      const model = find(opened, source.model);
      checkRange(source, model, report);
      return { opened: model, parameters: source.parameters, place: source.place, start: source.layerRange!.value[0] };
    });
    const lengths = slice.sources.map(({ layerRange }) => layerRange!.value[1] - layerRange!.value[0]);
    compareLengths(lengths, sources, { name, place: slice.place, report });
    const [tower] = sources[0]!.opened.map.towers.keys();
    const towers = new Map(tower === undefined ? [] : [[tower, Math.max(0, lengths[0]!)]]);
    const { parameters, place } = slice;
    return { name, sources, base, baseAt: indexOf(sources, base), parameters, place, towers };
  });
}

function indexOf(sources: readonly LaidSource[], base: ModelReference | undefined): number | undefined {
  const at = base === undefined ? -1 : sources.findIndex(({ opened }) => isSameModel(opened.reference, base));
  return at < 0 ? undefined : at;
}

function compareLengths(
  lengths: readonly number[],
  sources: readonly LaidSource[],
  { name, place, report }: { readonly name: string; readonly place: Place; readonly report: Report },
): void {
  if (lengths.every((length) => length === lengths[0])) return;
  const list = sources.map(({ opened }, i) => `"${opened.reference.text}" ${lengths[i]}`).join(", ");
  report.error("uneven_ranges", place, { slice: name, lengths: list });
}

function checkRange({ layerRange }: Source, { map, reference }: OpenedModel, report: Report): void {
  const { value, place } = layerRange!;
  const [start, end] = value;
  const [tower, ...others] = map.towers.values();
  if (others.length > 0) {
    report.error("several_towers", place, { model: reference.text, towers: [...map.towers.keys()] });
  } else if (end <= start) {
    report.warn("empty_range", place, { start, end });
  } else if (start < 0 || end > (tower?.count ?? 0)) {
    report.error("range_beyond_model", place, { model: reference.text, start, end, count: tower?.count ?? 0 });
  }
}

/** The rules of mergekit 0.1.5 on how many inputs a slice has and whether the base is one of them. */
function checkInputs({ recipe, method, report }: LayOut, slice: LaidSlice): void {
  const { name, sources, base, baseAt, place } = slice;
  sources.forEach(({ opened, place: at }, i) => {
    const first = sources.findIndex((source) => source.opened === opened);
    if (first < i) report.error("duplicate_source", at, { model: opened.reference.text, slice: name });
  });
  if (method.base === "required" && base === undefined) {
    report.error("base_missing", recipe.method.place, { method: method.name });
    return;
  }
  if (method.base !== "ordinary" && base !== undefined && baseAt === undefined) {
    report.error("base_not_in_slice", place, { method: method.name, base: base.text, slice: name });
    return;
  }
  const found = sources.length - (method.base === "optional" && baseAt !== undefined ? 1 : 0);
  const [min, max] = method.arity;
  if (found >= min && found <= max) return;
  report.error("input_count", place, {
    method: method.name,
    found,
    min,
    max,
    slice: name,
    counted: COUNTED[method.base],
  });
}

const COUNTED = {
  required: "the base among them",
  optional: "the base not counted",
  ordinary: "a base is one of them",
} as const;
