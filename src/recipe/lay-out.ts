/** Puts opened models into a recipe's slices and checks their layer ranges. */

import { isBase, type NamedSlice, slicesOf } from "./named-slices.ts";
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
  /** In the order of the recipe; a base that is not listed comes last under `models`. */
  readonly sources: readonly LaidSource[];
  /** Base model of this slice, whether it is a source or not. */
  readonly base: ModelReference | undefined;
  /** The base's index in `sources`; undefined if it is not one of them. */
  readonly baseAt: number | undefined;
  readonly parameters: ParameterMap;
  readonly place: Place;
  /** Number of layers by tower. In the output every tower counts from 0. */
  readonly towers: ReadonlyMap<string, number>;
}

/**
 * Lays a recipe out.
 *
 * @param opened - every model that the recipe names.
 * @returns undefined if layer ranges do not fit the models or each other, which was noted.
 */
export function layOut(
  recipe: Recipe,
  opened: readonly OpenedModel[],
  report: Report,
): readonly LaidSlice[] | undefined {
  const before = report.errorCount();
  const slices = slicesOf(recipe).map((slice) => {
    const sources = slice.sources.map((source): LaidSource => {
      const model = opened.find(({ reference }) => isSameModel(reference, source.model))!;
      if (source.layerRange !== undefined) checkRange(source, model, report);
      return { ...source, opened: model, start: source.layerRange?.value[0] ?? 0 };
    });
    const at = slice.sources.findIndex((source) => isBase(slice, source));
    const towers =
      recipe.layout.kind === "models" ? wholeTowers(slice, sources, report) : cutTower(slice, sources, report);
    return { ...slice, sources, baseAt: at < 0 ? undefined : at, towers };
  });
  return report.errorCount() > before ? undefined : slices;
}

function wholeTowers(slice: NamedSlice, sources: readonly LaidSource[], report: Report): Map<string, number> {
  const towers = new Set(sources.flatMap(({ opened }) => [...opened.map.towers.keys()]));
  return new Map(
    [...towers].map((tower) => {
      const lengths = sources.map(({ opened }) => opened.map.towers.get(tower)?.count ?? 0);
      compareLengths(slice, lengths, report);
      return [tower, lengths[0]!];
    }),
  );
}

function cutTower(slice: NamedSlice, sources: readonly LaidSource[], report: Report): Map<string, number> {
  const lengths = slice.sources.map(({ layerRange }) => layerRange!.value[1] - layerRange!.value[0]);
  compareLengths(slice, lengths, report);
  const [tower] = sources[0]!.opened.map.towers.keys();
  return new Map(tower === undefined ? [] : [[tower, Math.max(0, lengths[0]!)]]);
}

function compareLengths({ name, sources, place }: NamedSlice, lengths: readonly number[], report: Report): void {
  if (lengths.every((length) => length === lengths[0])) return;
  const list = sources.map(({ model }, i) => `"${model.text}" ${lengths[i]}`).join(", ");
  report.error("uneven_ranges", place, { slice: name, lengths: list });
}

function checkRange({ layerRange }: Source, { map, reference }: OpenedModel, report: Report): void {
  const { value, place } = layerRange!;
  const [start, end] = value;
  const [tower, ...others] = map.towers.values();
  const count = tower?.count ?? 0;
  const model = reference.text;
  if (others.length > 0) report.error("several_towers", place, { model, towers: [...map.towers.keys()] });
  else if (end <= start) report.warn("empty_range", place, { start, end });
  else if (start < 0 || end > count) report.error("range_beyond_model", place, { model, start, end, count });
}
