/** Opens what a breeding file names; merges children into the run's folder and scores them on this thread. */

import { existsSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import { evaluateTask } from "../evaluate/evaluate-task.ts";
import { loadTask } from "../evaluate/load-task.ts";
import type { Score } from "../evaluate/score.ts";
import { type SplitName, selectItems } from "../evaluate/splits.ts";
import type { Task } from "../evaluate/task.ts";
import { mergeRecipe } from "../merge/merge-recipe.ts";
import { findMethod, METHODS } from "../methods/index.ts";
import { openModel, openModelAndSource } from "../model/open-model.ts";
import type { Plan } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { type ScoredTask, taskMetrics } from "../search/task-evaluation.ts";
import { type BreedFile, parseBreedFile } from "../select/breed/breed-file.ts";
import type { Evaluation, Origin } from "../select/breed/breed-pool.ts";
import type { BreedSettings, Operator } from "../select/breed/breed-settings.ts";
import { childRecipe } from "../select/breed/child-recipe.ts";
import { measureKinship } from "../select/kinship/kinship.ts";
import { similarity } from "../select/kinship/similarity.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { runKinshipThreads } from "./kinship-threads.ts";
import { type HoldWishes, heldAs } from "./model-hold.ts";
import { createModelRunner } from "./model-runner.ts";
import { openKernels } from "./open-subject.ts";
import { readText } from "./read-recipe.ts";

/** A breeding file with everything that it names. */
export interface OpenBreeding {
  readonly settings: BreedSettings;
  readonly inputs: Json;
  readonly tasks: readonly ScoredTask[];
  merge(name: string, origin: Origin): Promise<void>;
  evaluate(name: string): Promise<Evaluation>;
  kinship(a: string, b: string): Promise<number>;
  /** Scores a model on the tasks' items of a split; by task. */
  scores(name: string, split: SplitName): Promise<ReadonlyMap<string, Score>>;
  /** The recipe of a child. */
  recipe(origin: Origin): string;
  /** Where a model lies. */
  pathOf(name: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a breeding run is opened. */
export interface BreedOptions extends HoldWishes {
  /** Folder of the run. */
  readonly out: string;
  readonly threads: number | undefined;
  readonly memoryBytes: number;
  readonly io: CliIo;
}

/** Reads a breeding file. Paths in it are relative to it. @throws what is wrong with the file, its models or its tasks. */
export function openBreeding(path: string, options: BreedOptions): OpenBreeding {
  const file = parseBreedFile(readText(path), path);
  const folder = dirname(resolve(path));
  const find = (reference: string): string => {
    const absolute = resolve(folder, reference);
    return existsSync(absolute) ? absolute : reference;
  };
  const foundation = nameModels(file.models, find);
  const base = find(file.baseModel);
  const pathOf = (name: string): string => foundation.get(name) ?? join(resolve(options.out), "models", name);
  const loaded = file.tasks.map((task) => loadTask(find(task.file), { readText }));
  const operator = toOperator(file);
  const settings: BreedSettings = { ...file.settings, models: [...foundation.keys()], operator };
  const recipe = ({ parents, mix }: Origin): string => {
    const [first, second] = parents.map(pathOf) as [string, string];
    return childRecipe({ operator, parents: [first, second], base, dtype: file.dtype, mix });
  };
  if (foundation.size > 1) plan(recipe({ role: "pair", generation: 1, parents: settings.models.slice(0, 2) }));
  const scorer = createScorer(file, loaded, pathOf, options);
  return {
    settings,
    inputs: { ...heldLike(base, options), ...identify(base, foundation, loaded, file) },
    tasks: loaded.map((task, i) => metricOf(task, file.tasks[i]!.metric)),
    recipe,
    pathOf,
    kinship: (a, b) => pairKinship([pathOf(a), pathOf(b)], base, options),
    async merge(name, origin) {
      if (existsSync(join(pathOf(name), "config.json"))) return;
      await mergeRecipe(plan(recipe(origin)), {
        outPath: pathOf(name),
        threads: options.io.cores,
        memoryBytes: options.memoryBytes,
        overwrite: true,
        resume: false,
        maxShardBytes: 0,
        signal: options.io.signal,
      });
    },
    ...scorer,
  };
}

/** Short names: the last part of a path where that is enough. */
function nameModels(models: readonly string[], find: (reference: string) => string): ReadonlyMap<string, string> {
  const short = models.map(
    (path) =>
      path
        .replace(/[/\\]+$/, "")
        .split(/[/\\]/)
        .at(-1) || path,
  );
  return new Map(
    models.map((path, i) => [short.filter((one) => one === short[i]).length === 1 ? short[i]! : path, find(path)]),
  );
}

function toOperator({ operator }: BreedFile): Operator {
  if (!Object.hasOwn(METHODS, operator.mergeMethod)) {
    const known = Object.keys(METHODS).join(", ");
    throw cliErrors.bad_usage({
      message: `operator: there is no method "${operator.mergeMethod}"; choose one of ${known}`,
    });
  }
  const { params } = findMethod(operator.mergeMethod);
  return { ...operator, mixing: "t" in params ? "t" : "weight" in params ? "weight" : "none" };
}

function plan(recipeText: string): Plan {
  const { plan: made, problems } = planRecipe(recipeText, "child", { openModel: openModelAndSource, seed: 0 });
  if (made !== undefined) return made;
  throw cliErrors.bad_candidate({ problems: problems.map(({ message }) => message) });
}

function metricOf(task: Task, metric: string): ScoredTask {
  const metrics = taskMetrics(task);
  const found = metrics.find((one) => one.metric === metric);
  if (found !== undefined) return { name: task.name, ...found };
  const names = metrics.map((one) => one.metric).join(", ");
  throw cliErrors.bad_usage({ message: `task ${task.name}: there is no metric "${metric}"; choose one of ${names}` });
}

function identify(
  base: string,
  foundation: ReadonlyMap<string, string>,
  loaded: readonly Task[],
  file: BreedFile,
): { readonly [name: string]: Json } {
  const identityOf = (path: string): string => {
    using model = openModel(path);
    return model.identity();
  };
  return {
    base: identityOf(base),
    models: [...foundation].map(([name, path]) => [name, identityOf(path)]),
    tasks: loaded.map((task, i) => [
      task.name,
      file.tasks[i]!.metric,
      sha256(canonicalJson(itemsOf(task, "search", file.tasks[i]!.limit).map(({ fields }) => fields))),
    ]),
  };
}

/** Children are as large as the base. */
function heldLike(base: string, wishes: HoldWishes): ReturnType<typeof heldAs> {
  using model = openModel(base);
  return heldAs(model, wishes);
}

function itemsOf(task: Task, split: SplitName, limit: number | undefined): ReturnType<typeof selectItems> {
  return selectItems(task, split === "search" && limit !== undefined ? { split, limit } : { split });
}

async function pairKinship(paths: readonly string[], basePath: string, { threads, io }: BreedOptions): Promise<number> {
  const [base, ...models] = [basePath, ...paths].map((path) => openModelAndSource(path));
  try {
    const run = { models, base, threads: threads ?? io.cores, signal: io.signal, onProgress: () => {} };
    const found = await measureKinship({
      models: models.map(({ model }) => model),
      base: base!.model,
      runPieces: runKinshipThreads(run),
    });
    return similarity("cosine", found.all[0]![1]!);
  } finally {
    for (const { model } of [base!, ...models]) model[Symbol.dispose]();
  }
}

function createScorer(
  file: BreedFile,
  loaded: readonly Task[],
  pathOf: (name: string) => string,
  { threads, weights, bound, io }: BreedOptions,
): Pick<OpenBreeding, "evaluate" | "scores" | typeof Symbol.asyncDispose> {
  const runner = createModelRunner({ kernels: openKernels(), threads, weights, bound });
  const run = async (name: string, split: SplitName) => {
    const running = await runner.load(openModel(pathOf(name)));
    const results = [];
    for (const [i, task] of loaded.entries()) {
      const { metric, limit } = file.tasks[i]!;
      const { higherIsBetter } = metricOf(task, metric);
      const result = await evaluateTask(task, itemsOf(task, split, limit), running, { signal: io.signal });
      results.push({ result, metric, sign: higherIsBetter ? 1 : -1 });
    }
    return results;
  };
  return {
    async evaluate(name) {
      const results = await run(name, "search");
      const score = results.reduce((sum, { result, metric, sign }) => sum + sign * result.scores[metric]!.value, 0);
      const values = results.flatMap(({ result, metric, sign }) =>
        result.items.map((item) => sign * item.values[metric]!),
      );
      return { score: score / results.length, values };
    },
    async scores(name, split) {
      return new Map((await run(name, split)).map(({ result, metric }) => [result.task.name, result.scores[metric]!]));
    },
    [Symbol.asyncDispose]: async () => runner[Symbol.asyncDispose](),
  };
}

/** Removes the folders of children that are not among the kept. */
export function dropChildren(run: OpenBreeding, names: readonly string[], kept: readonly string[]): void {
  for (const name of names) if (!kept.includes(name)) rmSync(run.pathOf(name), { recursive: true, force: true });
}
