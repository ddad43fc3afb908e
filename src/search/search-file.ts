/** Reads a search file and checks it against the methods and optimisers there are. */

import type { ZodType } from "zod";
import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors, throwProblems } from "./errors.ts";
import type { FileCheck, SearchFileContext } from "./file-check.ts";
import { EACH_LAYER } from "./layer-groups.ts";
import { type KeyPath, type LocatedYaml, readLocatedYaml } from "./located-yaml.ts";
import { checkMergeInputs, checkParameters } from "./method-checks.ts";
import { nextSearch } from "./next-stage.ts";
import { checkOptimiser } from "./optimiser-check.ts";
import { applyPreset, PRESETS } from "./presets.ts";
import type {
  LayerSpace,
  MergeInputs,
  NextStage,
  PlainMerge,
  Search,
  SearchMethod,
  SearchModel,
  SearchRange,
  SearchStart,
} from "./search.ts";
import {
  isOrderKind,
  keyProblems,
  type NextKeys,
  ORDER_KEYS,
  type OrderKeys,
  orderSearchKeys,
  SEARCH_KEYS,
  type SearchKeys,
} from "./search-keys.ts";

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
  if (typeof kind === "string" && !isOrderKind(kind)) {
    const where = yaml.whereIs(["space", "kind"]);
    const expected = `${Object.keys(ORDER_KEYS).join(", ")}, or left out for parameters of a method`;
    throw searchErrors.bad_value({ where, key: "space.kind", got: JSON.stringify(kind), expected });
  }
  const search = isOrderKind(kind)
    ? toOrderSearch(checkedKeys(orderSearchKeys(kind), { ...yaml, value }), check)
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
  const method = methodAt(["merge_method"], keys.merge_method, check);
  const ranges = toRanges(keys, method, check);
  const inputs = toInputs({ given: keys.models, base: keys.base_model, path: ["models"] }, method, check);
  if (method !== undefined) {
    checkParameters({ keys, method, ranges }, check);
    checkMergeInputs({ ...inputs, method, name: keys.merge_method, path: [] }, check);
  }
  const { layer_groups: layerGroups, components } = keys.space;
  const next = keys.next && toNextStage(keys.next, inputs, check);
  return checkedSearch(
    keys,
    { inputs, ranges, layerGroups, components, ...(next === undefined ? {} : { next }) },
    check,
  );
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
  readonly order?: LayerSpace;
  readonly next?: NextStage;
}

function checkedSearch(
  keys: Omit<SearchKeys, "space" | "next">,
  { inputs, ranges, layerGroups, components, order, next }: SearchInputs,
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

function methodAt(path: KeyPath, name: string, check: FileCheck): SearchMethod | undefined {
  const method = Object.hasOwn(check.methods, name) ? check.methods[name] : undefined;
  if (method === undefined) {
    const known = Object.keys(check.methods);
    const where = check.yaml.whereIs(path);
    check.problems.push(searchErrors.unknown_method({ where, method: name, nearest: nearestName(name, known), known }));
  }
  return method;
}

function toRanges(keys: SearchKeys, method: SearchMethod | undefined, check: FileCheck): readonly SearchRange[] {
  const { layer_groups: _, components: _components, ...given } = keys.space;
  return Object.entries(given).map(([parameter, { low, high, start, off, softmax }]) => {
    const where = check.yaml.whereIs(["space", parameter]);
    const from = start ?? (low + high) / 2;
    if (!(low < high)) check.problems.push(searchErrors.empty_range({ where, parameter, low, high }));
    else if (from < low || from > high)
      check.problems.push(searchErrors.start_outside({ where, parameter, low, high, start: from }));
    return {
      parameter,
      perModel: method?.params[parameter]?.per === "model",
      low,
      high,
      start: from,
      ...(off === undefined ? {} : { off }),
      ...(softmax === true ? { softmax } : {}),
    };
  });
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
      checkParameters({ keys: merge, method, ranges: [] }, check, path);
      checkMergeInputs({ ...inputs, method, name: merge.merge_method, path }, check);
    }
    const { name, parameters } = merge;
    return { name, mergeMethod: merge.merge_method, ...inputs, parameters };
  });
}

/** Where only items or time are limited. */
const MOST_EVALUATIONS = 1_000_000;
