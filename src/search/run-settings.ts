import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { searchErrors } from "./errors.ts";
import type { MethodOption, NextStage, Search, SearchRange } from "./search.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** Everything that decides how a run goes; a run is only resumed with the settings that it was started with. */
export function runSettings(
  search: Search,
  tasks: readonly ScoredTask[],
  inputs: Json,
): { readonly [key: string]: Json } {
  const { space, optimiser, evaluations, seed, mergeMethod, dtype, models, baseModel, parameters, compare } = search;
  const { limits, racing, finalists } = search;
  const settings = {
    merge_method: mergeMethod,
    models: models.map(({ path }) => path),
    base_model: baseModel?.path ?? null,
    dtype: dtype ?? null,
    parameters,
    space: {
      layer_groups: space.layerGroups,
      ...(space.order === undefined ? {} : { order: space.order as unknown as Json }),
      ...(space.components === undefined ? {} : { components: [...space.components] }),
      ...(space.methods === undefined ? {} : { methods: methodSettings(space.methods) }),
      ...rangeSettings(space.ranges),
    },
    optimiser: { name: optimiser.name, ...optimiser.settings },
    tasks: search.tasks.map(({ file, metric, limit, weight, objective, loseAtMost }, i) => ({
      name: tasks[i]!.name,
      file,
      metric,
      limit: limit ?? null,
      ...(weight === undefined ? {} : { weight }),
      ...(objective === undefined ? {} : { objective }),
      ...(loseAtMost === undefined ? {} : { lose_at_most: loseAtMost }),
    })),
    budget: {
      evaluations,
      ...(limits.itemEvaluations === undefined ? {} : { item_evaluations: limits.itemEvaluations }),
      ...(limits.seconds === undefined ? {} : { seconds: limits.seconds }),
    },
    ...(racing === undefined ? {} : { racing: { ...racing } }),
    ...(finalists === undefined ? {} : { final: { ...finalists } }),
    seed,
    ...(search.next === undefined ? {} : { next: nextSettings(search.next) }),
    compare: compare.map((merge) => ({
      name: merge.name,
      merge_method: merge.mergeMethod,
      models: merge.models.map(({ path }) => path),
      base_model: merge.baseModel?.path ?? null,
      parameters: merge.parameters,
    })),
    inputs,
  };
  return JSON.parse(canonicalJson(settings)) as { readonly [key: string]: Json };
}

function rangeSettings(ranges: readonly SearchRange[]): { readonly [parameter: string]: Json } {
  return Object.fromEntries(ranges.map(({ parameter, perModel: _, ...range }) => [parameter, { ...range }]));
}

function methodSettings(methods: readonly MethodOption[]): Json {
  return methods.map(({ mergeMethod, parameters, ranges }) => ({
    ...{ merge_method: mergeMethod, parameters },
    ...rangeSettings(ranges),
  }));
}

function nextSettings({ order, optimiser, models, share }: NextStage): Json {
  return {
    space: order as unknown as Json,
    optimiser: { name: optimiser.name, ...optimiser.settings },
    models: models.map(({ path }) => path),
    share,
  };
}

/** @throws search/settings_changed, naming every setting that differs. */
export function assertSameSettings(was: Json, now: Json): void {
  const [before, after] = [leaves(was), leaves(now)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const changed = names
    .map((setting) => ({ setting, was: before.get(setting) ?? "not set", now: after.get(setting) ?? "not set" }))
    .filter((entry) => entry.was !== entry.now);
  if (changed.length > 0) throw searchErrors.settings_changed({ changed });
}

/** Every value that is not a mapping or a list, by its path. */
function leaves(value: Json, path = ""): Map<string, string> {
  if (value === null || typeof value !== "object") return new Map([[path, JSON.stringify(value)]]);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map([[path, JSON.stringify(value)]]);
  return new Map(entries.flatMap(([key, entry]) => [...leaves(entry, path === "" ? key : `${path}.${key}`)]));
}
