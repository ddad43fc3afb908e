/** Opens what a selection file names: models, probes, tasks; makes merges in memory and scores them on this thread. */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import { type Engine, openEngine } from "../engine/engine.ts";
import { evaluateTask } from "../evaluate/evaluate-task.ts";
import { loadTask } from "../evaluate/load-task.ts";
import { type SplitName, selectItems } from "../evaluate/splits.ts";
import type { Task } from "../evaluate/task.ts";
import { openMergedModel } from "../merge/merged-model.ts";
import type { Model } from "../model/model.ts";
import { type OpenedModel, openModelAndSource } from "../model/open-model.ts";
import { openTokenizer } from "../model/tokenizer.ts";
import type { PlannedModel } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { taskMetrics } from "../search/task-evaluation.ts";
import { childRecipe } from "../select/breed/child-recipe.ts";
import { type Features, functionalFeatures, structuralFeatures } from "../select/features/pair-features.ts";
import type { ProbeSummary } from "../select/features/probe-summary.ts";
import { PASSES_PER_SUMMARY, summariseModel } from "../select/features/summarise-model.ts";
import { decodeSummary, encodeSummary } from "../select/features/summary-bytes.ts";
import { measureKinship } from "../select/kinship/kinship.ts";
import { parseSelectFile, type SelectFile } from "../select/select-file.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { runKinshipThreads } from "./kinship-threads.ts";
import { openKernels, VIRTUAL_TILE_BYTES } from "./open-subject.ts";
import { readText } from "./read-recipe.ts";

/** A model that is merged in memory, from a first one and what comes after it. */
export interface MergeSteps {
  readonly first: string;
  readonly steps: readonly { readonly model: string; readonly operator: string }[];
}

/** A selection file with everything that it names. */
export interface OpenSelection {
  readonly file: SelectFile;
  readonly models: readonly string[];
  readonly tasks: readonly string[];
  /** What decides the results: a resumed run must have the same. */
  readonly inputs: Json;
  /** Scores a model or a merge on a task; higher is better. */
  score(merge: MergeSteps, task: string, split: SplitName): Promise<number>;
  /** Scores the plain mean of some models. */
  scoreUniform(models: readonly string[], task: string, split: SplitName): Promise<number>;
  /** Features of every ordered pair. */
  features(): Promise<(a: string, b: string) => Features>;
  /** Features of a merge with a model. */
  featuresOf(merge: MergeSteps, model: string): Promise<Features>;
  /** Passes over the probes that were made, not found in files. */
  passes(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Reads a selection file. Paths in it are relative to it. @throws what is wrong with the file, its models or its tasks */
export function openSelection(path: string, out: string, io: CliIo): OpenSelection {
  const file = parseSelectFile(readText(path), path);
  const folder = dirname(resolve(path));
  const find = (reference: string): string => {
    const absolute = resolve(folder, reference);
    return existsSync(absolute) ? absolute : reference;
  };
  const opened = new Map<string, OpenedModel>(
    file.models.map((reference) => [shortName(reference, file.models), openModelAndSource(find(reference))]),
  );
  const base = openModelAndSource(find(file.base_model));
  const tasks = file.tasks.map((task) => loadTask(find(task.file), { readText }));
  return new Selection({ file, opened, base, tasks, out, io });
}

function shortName(path: string, all: readonly string[]): string {
  const last = (one: string): string =>
    one
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .at(-1) || one;
  return all.filter((one) => last(one) === last(path)).length === 1 ? last(path) : path;
}

interface SelectionParts {
  readonly file: SelectFile;
  readonly opened: ReadonlyMap<string, OpenedModel>;
  readonly base: OpenedModel;
  readonly tasks: readonly Task[];
  readonly out: string;
  readonly io: CliIo;
}

class Selection implements OpenSelection {
  readonly file: SelectFile;
  readonly models: readonly string[];
  readonly tasks: readonly string[];
  readonly inputs: Json;
  readonly #parts: SelectionParts;
  readonly #kernels = openKernels();
  #engine: Engine | undefined;
  #loaded: string | undefined;
  #passes = 0;

  constructor(parts: SelectionParts) {
    this.#parts = parts;
    this.file = parts.file;
    this.models = [...parts.opened.keys()];
    this.tasks = parts.tasks.map(({ name }) => name);
    for (const [i, task] of parts.tasks.entries()) assertMetric(task, parts.file.tasks[i]!.metric);
    this.inputs = {
      base: parts.base.model.identity(),
      models: [...parts.opened].map(([name, { model }]) => [name, model.identity()]),
      tasks: parts.tasks.map((task, i) => {
        const { metric, limit } = parts.file.tasks[i]!;
        const items = itemsOf(task, "search", limit).map(({ fields }) => fields);
        return [task.name, metric, sha256(canonicalJson(items))];
      }),
      operators: parts.file.operators as unknown as Json,
    };
  }

  async score(merge: MergeSteps, task: string, split: SplitName): Promise<number> {
    return this.#scoreIn(await this.#load(merge), task, split);
  }

  async scoreUniform(models: readonly string[], task: string, split: SplitName): Promise<number> {
    const recipe = `merge_method: linear\nmodels: ${JSON.stringify(models.map((model) => ({ model, parameters: { weight: 1 } })))}\n`;
    const dtype = this.file.dtype === undefined ? "" : `dtype: ${this.file.dtype}\n`;
    const { model } = this.#plan(recipe + dtype, "uniform", (reference) => this.#parts.opened.get(reference)!);
    const engine = await this.#load({ first: model.identity(), steps: [] }, model);
    return this.#scoreIn(engine, task, split);
  }

  async #scoreIn(engine: Engine, task: string, split: SplitName): Promise<number> {
    const { tasks, io } = this.#parts;
    const index = tasks.findIndex(({ name }) => name === task);
    const { metric, limit } = this.file.tasks[index]!;
    const items = itemsOf(tasks[index]!, split, limit);
    const { scores } = await evaluateTask(tasks[index]!, items, engine, { signal: io.signal });
    return scores[metric]!.value * (isHigherBetter(tasks[index]!, metric) ? 1 : -1);
  }

  async features(): Promise<(a: string, b: string) => Features> {
    const { opened, base, io } = this.#parts;
    const run = { models: [...opened.values()], base, threads: io.cores, signal: io.signal, onProgress: () => {} };
    const models = run.models.map(({ model }) => model);
    const kinship = await measureKinship({ models, base: base.model, runPieces: runKinshipThreads(run) });
    const summaries = new Map<string, ProbeSummary>();
    for (const name of this.models) summaries.set(name, await this.#summarise({ first: name, steps: [] }));
    const place = (name: string): number => this.models.indexOf(name);
    // A planner asks for the same pairs again and again, and divergences take a while.
    const known = new Map<string, Features>();
    return (a, b) => {
      const key = JSON.stringify([a, b]);
      const features = known.get(key) ?? {
        ...structuralFeatures(kinship, place(a), place(b)),
        ...functionalFeatures(summaries.get(a)!, summaries.get(b)!),
      };
      known.set(key, features);
      return features;
    };
  }

  async featuresOf(merge: MergeSteps, model: string): Promise<Features> {
    const { base, io } = this.#parts;
    using made = this.#open(merge);
    const models = [made, this.#parts.opened.get(model)!.model];
    // A merge in memory cannot be opened in another thread.
    const pool = models.map((one) => ({ model: one, source: base.source }));
    const run = { models: pool, base, threads: 1, signal: io.signal, onProgress: () => {} };
    const kinship = await measureKinship({ models, base: base.model, runPieces: runKinshipThreads(run) });
    const summaries = [await this.#summarise(merge), await this.#summarise({ first: model, steps: [] })] as const;
    return { ...structuralFeatures(kinship, 0, 1), ...functionalFeatures(...summaries) };
  }

  passes(): number {
    return this.#passes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]();
    for (const { model } of [this.#parts.base, ...this.#parts.opened.values()]) model[Symbol.dispose]();
  }

  /** @param given - a model that is loaded instead of opening the merge, which then only names it. */
  async #load(merge: MergeSteps, given?: Model): Promise<Engine> {
    const key = JSON.stringify(merge);
    if (this.#engine !== undefined && this.#loaded === key) return this.#engine;
    this.#loaded = undefined;
    using model = given ?? this.#open(merge);
    if (this.#engine === undefined) this.#engine = await openEngine(model, { kernels: this.#kernels });
    else await this.#engine.load(model);
    this.#loaded = key;
    return this.#engine;
  }

  /** The model of some steps, merged when it is read. Whoever disposes of it leaves the pool's models open. */
  #open({ first, steps }: MergeSteps): Model {
    const { opened } = this.#parts;
    let made: PlannedModel = opened.get(first)!;
    for (const { model, operator } of steps) made = this.#merge(made, opened.get(model)!, operator);
    return steps.length === 0 ? { ...made.model, [Symbol.dispose]() {} } : made.model;
  }

  #merge(first: PlannedModel, second: PlannedModel, name: string): PlannedModel {
    const { merge_method: mergeMethod, ...rest } = this.file.operators.find((one) => one.name === name)!;
    const recipe = childRecipe({
      operator: { mergeMethod, parameters: rest.parameters, base: rest.base, mixing: "none" },
      parents: ["first", "second"],
      base: "base",
      dtype: this.file.dtype,
      mix: undefined,
    });
    const known: Readonly<Record<string, PlannedModel>> = { first, second, base: this.#parts.base };
    return this.#plan(recipe, name, (reference) => known[reference]!);
  }

  #plan(recipe: string, name: string, openModel: (reference: string) => PlannedModel): PlannedModel {
    const { plan, problems } = planRecipe(recipe, name, { openModel, seed: 0 });
    if (plan === undefined) throw cliErrors.bad_candidate({ problems: problems.map(({ message }) => message) });
    // A place to open it from is asked for, but a merge in memory has none of its own.
    return { model: openMergedModel(plan, this.#kernels, VIRTUAL_TILE_BYTES), source: this.#parts.base.source };
  }

  async #summarise(merge: MergeSteps): Promise<ProbeSummary> {
    const probes = this.#probes();
    using model = this.#open(merge);
    const folder = join(this.#parts.out, "probes");
    const file = join(folder, `${sha256(canonicalJson([model.identity(), probes])).slice(0, 32)}.bin`);
    const known = existsSync(file) ? decodeSummary(readFileSync(file)) : undefined;
    if (known !== undefined) return known;
    const engine = await this.#load(merge);
    this.#passes += PASSES_PER_SUMMARY;
    const summary = await summariseModel(engine, probes, this.#parts.io.signal);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.partial`, encodeSummary(summary));
    renameSync(`${file}.partial`, file);
    return summary;
  }

  /** Prompts of search items, without their answers, as ids of the base's tokenizer. */
  #probes(): readonly (readonly number[])[] {
    const { per_task: perTask, max_tokens: most } = this.file.probes;
    const tokenizer = openTokenizer(this.#parts.base.model);
    return this.#parts.tasks.flatMap((task) =>
      selectItems(task, { split: "search", limit: perTask })
        .map((item) => tokenizer.encode(task.prepare(item).prompt, { addSpecialTokens: true }).slice(0, most))
        .filter((ids) => ids.length > 0),
    );
  }
}

function itemsOf(task: Task, split: SplitName, limit: number | undefined): ReturnType<typeof selectItems> {
  return selectItems(task, split === "search" && limit !== undefined ? { split, limit } : { split });
}

function metricsOf(task: Task): readonly { readonly name: string; readonly higherIsBetter: boolean }[] {
  return taskMetrics(task).map(({ metric, higherIsBetter }) => ({ name: metric, higherIsBetter }));
}

function isHigherBetter(task: Task, metric: string): boolean {
  return metricsOf(task).find(({ name }) => name === metric)!.higherIsBetter;
}

function assertMetric(task: Task, metric: string): void {
  const names = metricsOf(task).map(({ name }) => name);
  if (names.includes(metric)) return;
  throw cliErrors.bad_usage({
    message: `task ${task.name}: there is no metric "${metric}"; choose one of ${names.join(", ")}`,
  });
}
