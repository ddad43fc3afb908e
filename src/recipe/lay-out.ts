/** Puts opened models into a recipe's slices and checks their layer ranges. */

import { moduleOf, modulesOf } from "../arch/modules.ts";
import { nearestName } from "../base/nearest.ts";
import { isBase, type NamedSlice, slicesOfModule } from "./named-slices.ts";
import type { OpenedModel } from "./open-inputs.ts";
import {
  isSameModel,
  type ModelReference,
  type ParameterMap,
  type Recipe,
  type RecipeModule,
  type Source,
} from "./recipe.ts";
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
  /** In the order of the recipe; a base that is not listed comes last under `models`. */
  readonly sources: readonly LaidSource[];
  /** Base model of this slice, whether it is a source or not. */
  readonly base: ModelReference | undefined;
  /** The base's index in `sources`; undefined if it is not one of them. */
  readonly baseAt: number | undefined;
  readonly parameters: ParameterMap;
  readonly module: RecipeModule;
  readonly place: Place;
  /** Number of layers by tower. In the output every tower counts from 0. */
  readonly towers: ReadonlyMap<string, number>;
}

/** A module of the output, whose layers count from 0. */
export interface LaidModule {
  /** At least one. */
  readonly slices: readonly LaidSlice[];
  /** Whether a tensor outside of the layers belongs to it. */
  readonly owns: (name: string) => boolean;
  /** Whether layers are put together, which changes their number. */
  readonly isStacked: boolean;
  readonly layerKeys: readonly string[];
  readonly place: Place;
}

/**
 * Lays a recipe out, module by module.
 *
 * @param opened - every model that the recipe names.
 * @returns undefined if layer ranges do not fit the models or each other, which was noted.
 */
export function layOut(
  recipe: Recipe,
  opened: readonly OpenedModel[],
  report: Report,
): readonly LaidModule[] | undefined {
  const before = report.errorCount();
  const modules = recipe.modules.flatMap((module) => layOutModule(recipe, module, opened, report) ?? []);
  return report.errorCount() > before ? undefined : modules;
}

function layOutModule(
  recipe: Recipe,
  module: RecipeModule,
  opened: readonly OpenedModel[],
  report: Report,
): LaidModule | undefined {
  const { architecture, map, reference } = opened[0]!;
  const rules = modulesOf(architecture, [...map.towers.keys()]);
  const rule = rules.find(({ name }) => name === module.name);
  if (module.name !== undefined && rule === undefined) {
    const known = rules.map(({ name }) => name);
    const nearest = nearestName(module.name, known);
    report.error("unknown_module", module.place, { name: module.name, model: reference.text, nearest, known });
    return undefined;
  }
  const isSingle = rule === undefined || rules.length === 1;
  const owns = (name: string): boolean => isSingle || moduleOf(rules, name) === rule;
  const slices = slicesOfModule(module, recipe.base).map((slice) => layOutSlice(slice, opened, owns, report));
  const layerKeys = rule?.layerKeys ?? [];
  return { slices, owns, isStacked: module.layout.kind === "slices", layerKeys, place: module.layout.place };
}

function layOutSlice(
  slice: NamedSlice,
  opened: readonly OpenedModel[],
  owns: (name: string) => boolean,
  report: Report,
): LaidSlice {
  const sources = slice.sources.map((source): LaidSource => {
    const model = opened.find(({ reference }) => isSameModel(reference, source.model))!;
    if (source.layerRange !== undefined) checkRange(source, model, owns, report);
    return { ...source, opened: model, start: source.layerRange?.value[0] ?? 0 };
  });
  const at = slice.sources.findIndex((source) => isBase(slice, source));
  const isStacked = slice.module.layout.kind === "slices";
  const towers = isStacked ? cutTower(slice, sources, owns, report) : wholeTowers(slice, sources, owns, report);
  return { ...slice, sources, baseAt: at < 0 ? undefined : at, towers };
}

type Owns = LaidModule["owns"];

function wholeTowers(
  slice: NamedSlice,
  sources: readonly LaidSource[],
  owns: Owns,
  report: Report,
): Map<string, number> {
  const towers = new Set(sources.flatMap(({ opened }) => [...opened.map.towers.keys()].filter(owns)));
  return new Map(
    [...towers].map((tower) => {
      const lengths = sources.map(({ opened }) => opened.map.towers.get(tower)?.count ?? 0);
      compareLengths(slice, lengths, report);
      return [tower, lengths[0]!];
    }),
  );
}

function cutTower(slice: NamedSlice, sources: readonly LaidSource[], owns: Owns, report: Report): Map<string, number> {
  const lengths = slice.sources.map(({ layerRange }) => layerRange!.value[1] - layerRange!.value[0]);
  compareLengths(slice, lengths, report);
  const tower = [...sources[0]!.opened.map.towers.keys()].find(owns);
  return new Map(tower === undefined ? [] : [[tower, Math.max(0, lengths[0]!)]]);
}

function compareLengths({ name, sources, place }: NamedSlice, lengths: readonly number[], report: Report): void {
  if (lengths.every((length) => length === lengths[0])) return;
  const list = sources.map(({ model }, i) => `"${model.text}" ${lengths[i]}`).join(", ");
  report.error("uneven_ranges", place, { slice: name, lengths: list });
}

function checkRange({ layerRange }: Source, { map, reference }: OpenedModel, owns: Owns, report: Report): void {
  const { value, place } = layerRange!;
  const [start, end] = value;
  const towers = [...map.towers].filter(([name]) => owns(name));
  const [tower, ...others] = towers;
  const count = tower?.[1].count ?? 0;
  const model = reference.text;
  if (others.length > 0) report.error("several_towers", place, { model, towers: towers.map(([name]) => name) });
  else if (end <= start) report.warn("empty_range", place, { start, end });
  else if (start < 0 || end > count) report.error("range_beyond_model", place, { model, start, end, count });
}
