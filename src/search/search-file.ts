/** Reads a search file and checks it against the methods and optimisers there are. */

import type { ZodType } from "zod";
import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors, throwProblems } from "./errors.ts";
import type { FileCheck, SearchFileContext } from "./file-check.ts";
import { keyProblems } from "./key-problems.ts";
import { EACH_LAYER } from "./layer-groups.ts";
import { type KeyPath, type LocatedYaml, readLocatedYaml } from "./located-yaml.ts";
import { checkMergeInputs, checkParameters, methodAt } from "./method-checks.ts";
import { toMethodOptions } from "./method-options.ts";
import { nextSearch } from "./next-stage.ts";
import { checkOptimiser } from "./optimiser-check.ts";
import { applyPreset, PRESETS } from "./presets.ts";
import type {
  LayerSpace,
  MergeInputs,
  MethodOption,
  NextStage,
  PlainMerge,
  Search,
  SearchMethod,
  SearchModel,
  SearchRange,
  SearchStart,
} from "./search.ts";
import {
  METHOD_SEARCH_KEYS,
  type MethodSearchKeys,
  type NextKeys,
  orderSearchKeys,
  SEARCH_KEYS,
  type SearchKeys,
} from "./search-keys.ts";
import { toRanges } from "./search-ranges.ts";
import { isOrderKind, ORDER_KEYS, type OrderKeys } from "./space-keys.ts";

/** A search and the places of its settings. */
export interface SearchFile {
  readonly search: Search;
  /** `file:line:column` of a setting. */
  readonly whereIs: LocatedYaml["whereIs"];
}

/**
 * Parses the text of a search file.
 *
 * @throws the search's one problem, or search/several_problems with all of them in `details.problems`, each with its
 *   place in the text: bad_yaml, missing_key, unknown_key, bad_value, unknown_method, unknown_parameter, empty_range, …
 */
export function parseSearchFile(text: string, context: SearchFileContext): SearchFile {
  const problems: CodedError[] = [];
  const yaml = readLocatedYaml(text, context.file, problems);
  throwProblems(problems);
  const check: FileCheck = { ...context, yaml, problems };
  const value = withPreset(yaml.value, check);
  throwProblems(problems);
  const kind = kindOf(value);
  const isMethods = kind === "methods";
  if (typeof kind === "string" && !isMethods && !isOrderKind(kind)) {
    const where = yaml.whereIs(["space", "kind"]);
    const expected = `${Object.keys(ORDER_KEYS).join(", ")}, methods, or left out for parameters of a method`;
    throw searchErrors.bad_value({ where, key: "space.kind", got: JSON.stringify(kind), expected });
  }
  const search = isOrderKind(kind)
    ? toOrderSearch(checkedKeys(orderSearchKeys(kind), { ...yaml, value }), check)
    : isMethods
      ? toMethodSearch(checkedKeys(METHOD_SEARCH_KEYS, { ...yaml, value }), check)
      : toSearch(checkedKeys(SEARCH_KEYS, { ...yaml, value }), check);
  throwProblems(problems);
  return { search, whereIs: yaml.whereIs };
}

/** Fills in the keys of the preset that a file names. */
function withPreset(value: unknown, { yaml, problems }: FileCheck): unknown {
  if (typeof value !== "object" || value === null || !("preset" in value)) return value;
  const { preset: name } = value;
  if (typeof name === "string" && Object.hasOwn(PRESETS, name))
    return applyPreset(value as unknown as { readonly [key: string]: unknown }, PRESETS[name]!);
  const known = Object.keys(PRESETS);
  const where = yaml.whereIs(["preset"]);
  problems.push(
    searchErrors.unknown_preset({ where, preset: String(name), nearest: nearestName(String(name), known), known }),
  );
  return value;
}

function kindOf(value: unknown): unknown {
  const space = typeof value === "object" && value !== null ? Reflect.get(value, "space") : undefined;
  return typeof space === "object" && space !== null ? Reflect.get(space, "kind") : undefined;
}

function checkedKeys<T>(schema: ZodType<T>, yaml: LocatedYaml): T {
  const keys = schema.safeParse(yaml.value);
  if (keys.success) return keys.data;
  throwProblems(keyProblems(keys.error, yaml));
  throw keys.error;
}

/** A search of layer orders: the models' layers stay as they are. */
function toOrderSearch(
  { space, ...keys }: Omit<SearchKeys, "space" | "next"> & { readonly space: OrderKeys },
  check: FileCheck,
): Search {
  const order = toLayerSpace(space, { path: ["space"], models: keys.models.length }, check);
  const method = methodAt(["merge_method"], "passthrough", check);
  const inputs = toInputs({ given: keys.models, base: undefined, path: ["models"] }, method, check);
  return checkedSearch(keys, { inputs, ranges: [], layerGroups: 1, order }, check);
}

interface OrderPlace {
  /** Of the space in the file. */
  readonly path: KeyPath;
  /** How many there are. */
  readonly models: number;
}

function toLayerSpace(space: OrderKeys, { path, models }: OrderPlace, check: FileCheck): LayerSpace {
  const where = check.yaml.whereIs(path);
  if (space.kind === "surgery") {
    if (space.operations.includes("swap") && models < 2)
      check.problems.push(
        searchErrors.bad_value({ where, key: "models", got: "one model", expected: "two or more for swap" }),
      );
    return space;
  }
  const { low, high, start } = space.scale;
  if (!(low < high)) check.problems.push(searchErrors.empty_range({ where, parameter: "scale", low, high }));
  else if (start < low || start > high)
    check.problems.push(searchErrors.start_outside({ where, parameter: "scale", low, high, start }));
  const { most_layers: mostLayers, scale, repeats } = space;
  if (space.kind === "dis") return { kind: "dis", repeats, scale, mostLayers };
  const { scales, start_first: startFirst, start_others: startOthers } = space;
  return { kind: "path", repeats, scales, scale, mostLayers, startFirst, startOthers };
}

function toSearch(keys: SearchKeys, check: FileCheck): Search {
  const { merge_method: name, parameters: fixed } = keys;
  const { layer_groups: layerGroups, components, ...given } = keys.space;
  const method = methodAt(["merge_method"], name, check);
  const inputs = toInputs({ given: keys.models, base: keys.base_model, path: ["models"] }, method, check);
  const searched = { given, path: ["space"], method, models: inputs.models, mayChoosePair: false };
  const ranges = toRanges(searched, check);
  if (method !== undefined) {
    const places = { method: ["merge_method"], fixed: ["parameters"], ranges: ["space"] };
    checkParameters({ name, method, fixed, ranges, isSearched: true, places }, check);
    checkMergeInputs({ ...inputs, method, name, places: { method: ["merge_method"], models: ["models"] } }, check);
  }
  return checkedSearch(keys, { inputs, ranges, layerGroups, components, ...nextOf(keys, inputs, check) }, check);
}

/** Each layer group has the method that is best for it. A base among the models is only the base. */
function toMethodSearch({ space, ...keys }: MethodSearchKeys, check: FileCheck): Search {
  const inputs = toInputs({ given: keys.models, base: keys.base_model, path: ["models"] }, undefined, check);
  const methods = toMethodOptions(space, inputs, check);
  const { layer_groups: layerGroups, components } = space;
  const merge = { ...keys, merge_method: MIXED, parameters: {} };
  const what = { inputs, ranges: [], methods, layerGroups, components, ...nextOf(keys, inputs, check) };
  return checkedSearch(merge, what, check);
}

/** Stands for a method that each layer group has for itself. */
const MIXED = "mixed";

function nextOf({ next }: Pick<SearchKeys, "next">, inputs: MergeInputs, check: FileCheck): Pick<SearchInputs, "next"> {
  return next === undefined ? {} : { next: toNextStage(next, inputs, check) };
}

function toStart(start: NonNullable<SearchKeys["start"]>, inputs: MergeInputs, check: FileCheck): SearchStart {
  if (start === "parents") return { kind: "parents" };
  const { recipe, run, parent } = start;
  if (recipe !== undefined) return { kind: "recipe", file: check.resolve(recipe) };
  if (run !== undefined) return { kind: "run", folder: check.resolve(run) };
  const model = inputs.models.findIndex(({ path }) => path === check.resolve(parent!));
  if (model === -1 && inputs.baseModel?.path !== check.resolve(parent!)) {
    const where = check.yaml.whereIs(["start", "parent"]);
    const known = inputs.parents.map(({ name }) => name);
    const nearest = nearestName(parent!, known);
    check.problems.push(searchErrors.unknown_model({ where, model: parent!, nearest, known }));
  }
  return { kind: "parent", model };
}

/** @param inputs - of the search of parameters. */
function toNextStage({ space, optimiser, models, share }: NextKeys, inputs: MergeInputs, check: FileCheck): NextStage {
  const donors = (models ?? []).flatMap((given, i) => {
    const model = inputs.models.find(({ path }) => path === check.resolve(given));
    if (model !== undefined) return [model];
    const where = check.yaml.whereIs(["next", "models", i]);
    const known = inputs.models.map(({ name }) => name);
    check.problems.push(searchErrors.unknown_model({ where, model: given, nearest: nearestName(given, known), known }));
    return [];
  });
  for (const [i, { name }] of donors.entries())
    if (donors.findIndex((other) => other.name === name) < i)
      check.problems.push(
        searchErrors.same_name({ where: check.yaml.whereIs(["next", "models", i]), what: "models", name }),
      );
  const order = toLayerSpace(space, { path: ["next", "space"], models: 2 }, check);
  const pool = models === undefined ? inputs.models : donors;
  return { order, optimiser: toOptimiser(optimiser), models: pool, share };
}

function toOptimiser({ name, ...settings }: SearchKeys["optimiser"]): Search["optimiser"] {
  return { name, settings: settings as Search["optimiser"]["settings"] };
}

interface SearchInputs {
  readonly inputs: MergeInputs;
  readonly ranges: readonly SearchRange[];
  readonly layerGroups: number | "each";
  readonly components?: readonly string[] | undefined;
  readonly methods?: readonly MethodOption[];
  readonly order?: LayerSpace;
  readonly next?: NextStage;
}

function checkedSearch(
  keys: Omit<SearchKeys, "space" | "next">,
  { inputs, ranges, layerGroups, components, methods, order, next }: SearchInputs,
  check: FileCheck,
): Search {
  const search: Search = {
    ...inputs,
    mergeMethod: keys.merge_method,
    dtype: keys.dtype,
    parameters: keys.parameters,
    space: {
      layerGroups: layerGroups === "each" ? EACH_LAYER : layerGroups,
      ...(components === undefined ? {} : { components }),
      ranges,
      ...(methods === undefined ? {} : { methods }),
      ...(order === undefined ? {} : { order }),
    },
    optimiser: toOptimiser(keys.optimiser),
    tasks: keys.tasks.map(({ file, metric, limit, weight, objective, lose_at_most: loseAtMost }) => ({
      ...{ file: check.resolve(file), metric, limit },
      ...(weight === undefined ? {} : { weight }),
      ...(objective === undefined ? {} : { objective }),
      ...(loseAtMost === undefined ? {} : { loseAtMost }),
    })),
    evaluations: keys.budget.evaluations ?? MOST_EVALUATIONS,
    limits: { itemEvaluations: keys.budget.item_evaluations, seconds: keys.budget.seconds },
    racing: keys.racing,
    finalists: keys.final,
    seed: keys.seed,
    compare: toPlainMerges(keys, inputs, check),
    ...(keys.start === undefined ? {} : { start: toStart(keys.start, inputs, check) }),
    ...(next === undefined ? {} : { next }),
  };
  checkOptimiser(search, ["optimiser"], check);
  if (next !== undefined) checkOptimiser(nextSearch(search, next), ["next", "optimiser"], check);
  return search;
}

interface GivenModels {
  readonly given: readonly string[];
  readonly base: string | undefined;
  /** Of the list in the file. */
  readonly path: KeyPath;
}

/** A base that is also among the models, of a method that takes it apart, is only the base: its task vector is zero. */
function toInputs({ given, base, path }: GivenModels, method: SearchMethod | undefined, check: FileCheck): MergeInputs {
  for (const [i, model] of given.entries()) {
    if (given.indexOf(model) === i) continue;
    const where = check.yaml.whereIs([...path, i]);
    check.problems.push(searchErrors.same_name({ where, what: "models", name: model }));
  }
  const named = nameModels(base === undefined ? given : [...given.filter((model) => model !== base), base], check);
  const baseModel = base === undefined ? undefined : named.at(-1)!;
  if (method?.base !== "ordinary") {
    return { models: base === undefined ? named : named.slice(0, -1), baseModel, parents: named };
  }
  const models = given.map((model) => named.find(({ path: resolved }) => resolved === check.resolve(model))!);
  return { models, baseModel: undefined, parents: named };
}

function nameModels(given: readonly string[], { resolve }: FileCheck): readonly SearchModel[] {
  const short = given.map(
    (path) =>
      path
        .replace(/[/\\]+$/, "")
        .split(/[/\\]/)
        .at(-1) || path,
  );
  return given.map((path, i) => ({
    name: short.filter((name) => name === short[i]).length === 1 ? short[i]! : path,
    path: resolve(path),
  }));
}

function toPlainMerges(
  keys: Pick<SearchKeys, "models" | "base_model" | "compare">,
  { parents }: MergeInputs,
  check: FileCheck,
): readonly PlainMerge[] {
  const names = parents.map(({ name }) => name);
  return keys.compare.map((merge, i) => {
    const path = ["compare", i];
    const method = methodAt([...path, "merge_method"], merge.merge_method, check);
    const models =
      merge.models === undefined
        ? { given: keys.models, path: ["models"] }
        : { given: merge.models, path: [...path, "models"] };
    const inputs = toInputs({ ...models, base: merge.base_model ?? keys.base_model }, method, check);
    if (names.includes(merge.name)) {
      const where = check.yaml.whereIs([...path, "name"]);
      check.problems.push(searchErrors.same_name({ where, what: "models or merges", name: merge.name }));
    }
    names.push(merge.name);
    if (method !== undefined) {
      const places = { method: [...path, "merge_method"], fixed: [...path, "parameters"], ranges: path };
      const merged = { name: merge.merge_method, method };
      checkParameters({ ...merged, fixed: merge.parameters, ranges: [], isSearched: false, places }, check);
      checkMergeInputs({ ...inputs, ...merged, places: { ...places, models: [...path, "models"] } }, check);
    }
    const { name, parameters } = merge;
    return { name, mergeMethod: merge.merge_method, ...inputs, parameters };
  });
}

/** Where only items or time are limited. */
const MOST_EVALUATIONS = 1_000_000;
