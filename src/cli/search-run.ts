/** Opens what a search file names. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { readDecoderShape } from "../engine/decoder-shape.ts";
import { pathFolding } from "../engine/path-folding.ts";
import { loadTask } from "../evaluate/load-task.ts";
import { selectItems } from "../evaluate/splits.ts";
import type { Task } from "../evaluate/task.ts";
import { METHODS } from "../methods/index.ts";
import type { Model } from "../model/model.ts";
import { findLayerCount } from "../recipe/layer-count.ts";
import type { LayerFacts } from "../search/candidate-space.ts";
import { searchErrors } from "../search/errors.ts";
import { withLayerGroups } from "../search/layer-groups.ts";
import { parentRecipe } from "../search/parameter-space.ts";
import { partsOfRace } from "../search/racing.ts";
import type { Search } from "../search/search.ts";
import { checkSearchFacts } from "../search/search-facts.ts";
import { parseSearchFile } from "../search/search-file.ts";
import { type ScoredTask, taskMetrics } from "../search/task-evaluation.ts";
import {
  type CandidateEvaluator,
  createModelCache,
  DEFAULT_CACHE_BYTES,
  hashItems,
  hashQuestions,
  type ItemLimits,
  itemsOf,
  openCandidateEvaluator,
} from "./candidate-evaluator.ts";
import { type EvaluationSetup, evaluationSetup } from "./evaluation-setup.ts";
import { type HoldWishes, heldAs, wishesBeside } from "./model-hold.ts";
import { readText } from "./read-recipe.ts";
import { type StartPoints, startPoints } from "./start-points.ts";
import { taskFiles } from "./task-files.ts";

/** A search with everything that it names open. */
export interface SearchRun extends CandidateEvaluator, Partial<StartPoints> {
  readonly search: Search;
  readonly tasks: readonly ScoredTask[];
  /** Layers of the models. */
  readonly layers: number;
  /** What searches of layer orders need to know. */
  readonly layerFacts: LayerFacts;
  /** Identities of models and items: what a resumed run must share. */
  readonly inputs: { readonly [name: string]: Json };
  /** How tasks ask: likewise, but earlier versions did not note it. */
  readonly laterInputs: { readonly [name: string]: Json };
  /** What others need to evaluate as this process does. */
  readonly setup: () => EvaluationSetup;
}

/** What the command line may say differently from the file. */
export interface SearchOverrides extends HoldWishes {
  readonly evaluations?: number;
  readonly seed?: number;
  /** Threads of the engine. */
  readonly threads?: number;
  /** Bytes for what candidates have in common; false for none. @default DEFAULT_CACHE_BYTES for layer orders, at most a quarter of the bound; none for weighted merges, which have little in common */
  readonly cache?: number | false;
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
  const layers = Object.values(layersOf)[0]!;
  const layerFacts = {
    depths: search.models.map(({ name }) => layersOf[name]!),
    folding: foldingOf(openModel(search.models[0]!.path).model),
  };
  const starts = startPoints({ search, whereIs: parsed.whereIs, layers, facts: layerFacts, openModel });
  const divided = loaded.map((task, i) => ({ task, metric: tasks[i]!.metric, limits: limitsOf(search, i) }));
  const wishes: HoldWishes = { weights: overrides.weights, bound: overrides.bound };
  const sharing = {
    cacheBytes: (overrides.cache ?? (search.space.order === undefined ? 0 : defaultCache(wishes.bound))) || 0,
    // Paths are much like the model that they begin as; weighted merges are like none.
    ...(search.space.order === undefined ? {} : { draftRecipe: parentRecipe(search.parents[0]!) }),
  };
  return {
    search,
    tasks,
    ...{ layers, layerFacts },
    ...starts,
    inputs: {
      ...heldAs(parents[0]!.model, wishesBeside(wishes, sharing.cacheBytes)),
      ...copied(starts),
      models: parents.map(({ name, model }) => [name, model.identity()]),
      tasks: loaded.map((task, i) => [task.name, hashItems(divided[i]!)]),
    },
    laterInputs: { questions: loaded.map((task) => [task.name, hashQuestions(task)]) },
    setup: () => evaluationSetup(search, divided, { ...sharing, wishes }, (path) => openModel(path).model.identity()),
    ...openCandidateEvaluator({ tasks: divided, openModel, threads: overrides.threads, wishes, ...sharing }),
  };
}

/** The same numbers, as JSON. */
function copied(points: StartPoints | undefined): { readonly [name: string]: Json } {
  const entries: [string, StartPoints["starts"]][] = Object.entries(points ?? {});
  return Object.fromEntries(entries.map(([name, rows]) => [name, rows.map((row) => [...row])]));
}

function defaultCache(boundBytes = Infinity): number {
  return Math.min(DEFAULT_CACHE_BYTES, Math.floor(boundBytes / 4));
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

function limitsOf({ tasks, finalists }: Search, i: number): ItemLimits {
  return { limit: tasks[i]!.limit, finalItems: finalists?.items ?? 0 };
}

/** @throws search/too_few_items */
function checkItems(task: Task, limits: ItemLimits, blocks: number): void {
  const searched = itemsOf(task, "search", limits).length;
  const kept = itemsOf(task, "final", limits).length;
  if (searched >= partsOfRace(blocks) && kept === limits.finalItems) return;
  const all = selectItems(task, { split: "search" }).length;
  throw searchErrors.too_few_items({ task: task.name, all, searched, kept: limits.finalItems, blocks });
}
