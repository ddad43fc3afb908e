/** Opens what a search file names, and evaluates its candidates on this thread without writing them. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { readDecoderShape } from "../engine/decoder-shape.ts";
import { type Engine, openEngine } from "../engine/engine.ts";
import { pathFolding } from "../engine/path-folding.ts";
import { evaluateTask } from "../evaluate/evaluate-task.ts";
import type { Item } from "../evaluate/item.ts";
import { loadTask } from "../evaluate/load-task.ts";
import { selectItems } from "../evaluate/splits.ts";
import type { Task } from "../evaluate/task.ts";
import { mergeIdentity, openMergedModel } from "../merge/merged-model.ts";
import { openVirtualMerge } from "../merge/open-source.ts";
import { METHODS } from "../methods/index.ts";
import type { Model } from "../model/model.ts";
import { reopenModel, resolveModel } from "../model/open-model.ts";
import { findLayerCount } from "../recipe/layer-count.ts";
import type { Plan, PlannedModel } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import type { LayerFacts } from "../search/candidate-space.ts";
import { searchErrors } from "../search/errors.ts";
import { withLayerGroups } from "../search/layer-groups.ts";
import type { Search } from "../search/search.ts";
import { checkSearchFacts } from "../search/search-facts.ts";
import { parseSearchFile } from "../search/search-file.ts";
import {
  type EvaluateRecipe,
  type ItemBlock,
  type ScoredTask,
  type SearchSplit,
  taskMetrics,
  toTaskEvaluation,
} from "../search/task-evaluation.ts";
import { cliErrors } from "./errors.ts";
import { openKernels, VIRTUAL_TILE_BYTES } from "./open-subject.ts";
import { readText } from "./read-recipe.ts";
import { taskFiles } from "./task-files.ts";

/** A search with everything that it names open. */
export interface SearchRun {
  readonly search: Search;
  readonly tasks: readonly ScoredTask[];
  /** Layers of the models. */
  readonly layers: number;
  /** What searches of layer orders need to know. */
  readonly layerFacts: LayerFacts;
  /** Identities of models and items: what a resumed run must share. */
  readonly inputs: Json;
  readonly evaluateRecipe: EvaluateRecipe;
  /** Plans one of the search's recipes. */
  readonly plan: (recipeText: string) => Plan;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the command line may say differently from the file. */
export interface SearchOverrides {
  readonly evaluations?: number;
  readonly seed?: number;
  /** Threads of the engine. */
  readonly threads?: number;
}

/**
 * Reads a search file and opens its models and tasks.
 *
 * Paths in the file are relative to it. A path that is not there is left as it is: it may be a hub id.
 *
 * @throws what is wrong with the file, its models or its tasks.
 */
export function openSearch(file: string, overrides: SearchOverrides): SearchRun {
  const folder = dirname(resolve(file));
  const resolvePath = (path: string): string => {
    const absolute = resolve(folder, path);
    return existsSync(absolute) ? absolute : path;
  };
  const parsed = parseSearchFile(readText(file), { file, methods: METHODS, resolve: resolvePath });
  const given: Search = {
    ...parsed.search,
    evaluations: overrides.evaluations ?? parsed.search.evaluations,
    seed: overrides.seed ?? parsed.search.seed,
  };
  const openModel = createModelCache();
  const parents = given.parents.map(({ name, path }) => ({ name, model: openModel(path).model }));
  const loaded = given.tasks.map((task) => loadTask(task.file, taskFiles));
  const layersOf = Object.fromEntries(
    parents.map(({ name, model }) => [name, findLayerCount(model.config)?.value ?? 0] as const),
  );
  const search = withLayerGroups(given, Object.values(layersOf)[0]!);
  const tasks = checkSearchFacts(
    { ...parsed, search },
    { layers: layersOf, tasks: loaded.map((task) => ({ name: task.name, metrics: taskMetrics(task) })) },
  );
  for (const [i, task] of loaded.entries()) checkItems(task, limitsOf(search, i), search.racing?.blocks ?? 1);
  const openMerge = createMergeCache();
  const plan = (recipeText: string): Plan => planCandidate(recipeText, { openModel, openMerge });
  const evaluator = createEvaluator({ search, loaded, tasks, plan, threads: overrides.threads });
  return {
    search,
    tasks,
    layers: Object.values(layersOf)[0]!,
    layerFacts: {
      depths: search.models.map(({ name }) => layersOf[name]!),
      folding: foldingOf(openModel(search.models[0]!.path).model),
    },
    inputs: {
      models: parents.map(({ name, model }) => [name, model.identity()]),
      tasks: loaded.map((task, i) => [task.name, hashItems(task, limitsOf(search, i))]),
    },
    plan,
    ...evaluator,
  };
}

/** Undefined for models whose weights cannot take scales, or that the engine does not know. */
function foldingOf(model: Model): LayerFacts["folding"] {
  try {
    return pathFolding(readDecoderShape(model));
  } catch (error) {
    if (error instanceof CodedError && error.code.startsWith("engine/")) return undefined;
    throw error;
  }
}

function createModelCache(): (reference: string) => PlannedModel {
  const open = new Map<string, PlannedModel>();
  return (reference) => {
    const known = open.get(reference);
    if (known !== undefined) return known;
    const source = resolveModel(reference);
    const opened = { model: reopenModel(source, reference), source };
    open.set(reference, opened);
    return opened;
  };
}

/** Candidates of a second stage share one merge, which is opened once. */
function createMergeCache(): (plan: Plan) => PlannedModel {
  let kept: { readonly identity: string; readonly merge: PlannedModel } | undefined;
  return (plan) => {
    const identity = mergeIdentity(plan);
    if (kept?.identity !== identity) kept = { identity, merge: openVirtualMerge(plan) };
    return kept.merge;
  };
}

interface CandidateInputs {
  readonly openModel: (reference: string) => PlannedModel;
  readonly openMerge: (plan: Plan) => PlannedModel;
}

function planCandidate(recipeText: string, inputs: CandidateInputs): Plan {
  const { plan, problems } = planRecipe(recipeText, "candidate", { ...inputs, seed: 0, allowMissingBuffers: true });
  if (plan !== undefined) return plan;
  throw cliErrors.bad_candidate({ problems: problems.map(({ message }) => message) });
}

function hashItems(task: Task, limits: ItemLimits): string {
  const splits = limits.finalItems === 0 ? (["search", "holdout"] as const) : (["search", "final", "holdout"] as const);
  const items = splits.map((split) => itemsOf(task, split, limits).map(({ fields }) => fields));
  return sha256(canonicalJson(items));
}

/** Only the search items are limited: the holdout score is worth as many items as there are. */
function itemsOf(task: Task, split: SearchSplit, { limit, finalItems }: ItemLimits): readonly Item[] {
  if (split === "holdout") return selectItems(task, { split });
  const all = selectItems(task, { split: "search" });
  const searched = limit ?? all.length - finalItems;
  return split === "search" ? all.slice(0, searched) : all.slice(searched, searched + finalItems);
}

interface ItemLimits {
  /** Of the search items. */
  readonly limit: number | undefined;
  /** Search items behind them that are kept back for the final choice. */
  readonly finalItems: number;
}

function limitsOf({ tasks, finalists }: Search, i: number): ItemLimits {
  return { limit: tasks[i]!.limit, finalItems: finalists?.items ?? 0 };
}

/** The same part of every task's items; parts differ by at most one item in size. */
function partOfItems(items: readonly Item[], block: ItemBlock | undefined): readonly Item[] {
  if (block === undefined) return items;
  const place = (i: number): number => Math.floor((i * items.length) / block.blocks);
  return items.slice(place(block.index), place(block.index + 1));
}

/** @throws search/too_few_items */
function checkItems(task: Task, limits: ItemLimits, blocks: number): void {
  const searched = itemsOf(task, "search", limits).length;
  const kept = itemsOf(task, "final", limits).length;
  if (searched >= Math.max(1, blocks) && kept === limits.finalItems) return;
  const all = selectItems(task, { split: "search" }).length;
  throw searchErrors.too_few_items({ task: task.name, all, searched, kept: limits.finalItems, blocks });
}

interface EvaluatorParts {
  readonly search: Search;
  readonly loaded: readonly Task[];
  readonly tasks: readonly ScoredTask[];
  readonly plan: (recipeText: string) => Plan;
  readonly threads: number | undefined;
}

function createEvaluator({
  search,
  loaded,
  tasks,
  plan,
  threads,
}: EvaluatorParts): Pick<SearchRun, "evaluateRecipe" | typeof Symbol.asyncDispose> {
  const kernels = openKernels();
  let engine: Engine | undefined;
  return {
    async evaluateRecipe(recipeText, split, signal, block) {
      using model = openMergedModel(plan(recipeText), kernels, VIRTUAL_TILE_BYTES);
      if (engine === undefined)
        engine = await openEngine(model, { kernels, ...(threads === undefined ? {} : { threads }) });
      else await engine.load(model);
      const results = [];
      for (const [i, task] of loaded.entries()) {
        const items = partOfItems(itemsOf(task, split, limitsOf(search, i)), block);
        results.push(toTaskEvaluation(await evaluateTask(task, items, engine, { signal }), tasks[i]!.metric));
      }
      return results;
    },
    [Symbol.asyncDispose]: async () => engine?.[Symbol.asyncDispose](),
  };
}
