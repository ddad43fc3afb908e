/** The zoo's models and tasks, and every merge of them: made in memory, scored on this thread. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runKinshipThreads } from "../../src/cli/kinship-threads.ts";
import { openKernels, VIRTUAL_TILE_BYTES } from "../../src/cli/open-subject.ts";
import { type Engine, openEngine } from "../../src/engine/engine.ts";
import { evaluateTask } from "../../src/evaluate/evaluate-task.ts";
import { loadTask } from "../../src/evaluate/load-task.ts";
import { selectItems } from "../../src/evaluate/splits.ts";
import type { Task } from "../../src/evaluate/task.ts";
import { openMergedModel } from "../../src/merge/merged-model.ts";
import type { Model } from "../../src/model/model.ts";
import { type OpenedModel, openModelAndSource } from "../../src/model/open-model.ts";
import type { PlannedModel } from "../../src/recipe/plan.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { childRecipe } from "../../src/select/breed/child-recipe.ts";
import { measureKinship } from "../../src/select/kinship/kinship.ts";
import { similarity } from "../../src/select/kinship/similarity.ts";
import { type MergeTree, treeName } from "./merge-tree.ts";
import { openScoreFile, type ScoreFile } from "./score-file.ts";
import { ZOO_OPERATORS } from "./zoo-operators.ts";

/** What all studies use; the two choice tasks repeat ja-qa and recall-en. */
export const ZOO_TASKS = ["gsm-ja", "gsm-en", "ja-qa", "ja-trans", "ja-num", "ja-expr", "recall-en", "code"] as const;

const ZOO = resolve(import.meta.dirname, "../../zoo");
const DTYPE = "bfloat16";
/** Merged models that stay in memory, each of 3.3 MB. */
const MOST_KEPT = 40;
/** Items of each task, from the front, unless a study takes fewer. */
export const SPLIT_ITEMS = { search: 120, holdout: 500 } as const;

/** Relatives of the base, in one order. */
export function zooModels(): readonly string[] {
  const foldersOf = (part: string): string[] => readdirSync(join(ZOO, part)).toSorted();
  return [...foldersOf("models"), ...foldersOf("catalog")].filter((name) => name !== "base");
}

/** Where a model of the zoo lies. */
export function zooFolder(name: string): string {
  return join(ZOO, existsSync(join(ZOO, "catalog", name)) ? "catalog" : "models", name);
}

/** Where a task of the zoo lies. */
export function zooTaskFile(name: string): string {
  return join(ZOO, "tasks", name, `${name}.yaml`);
}

/** Scores merges of the zoo, and keeps every outcome. */
export class ZooBench {
  readonly scores: ScoreFile;
  readonly path: string;
  readonly models = zooModels();
  /** Outcomes that were measured now, not found. */
  measured = 0;
  readonly #kernels = openKernels();
  readonly #opened = new Map<string, OpenedModel>();
  readonly #merged = new Map<string, PlannedModel>();
  readonly #tasks = new Map<string, Task>();
  readonly #kinship = new Map<string, number>();
  #engine: Engine | undefined;
  #loaded = "";

  /** @param path - of the score file. */
  constructor(path: string) {
    this.path = path;
    this.scores = openScoreFile(path);
  }

  /**
   * Outcomes of a split's items, in their order; measured where they are not known.
   *
   * @param items - from the front.
   */
  async values(
    tree: MergeTree,
    task: string,
    split: keyof typeof SPLIT_ITEMS,
    items: number = SPLIT_ITEMS[split],
  ): Promise<readonly number[]> {
    const key = { tree: treeName(tree), task, split };
    const known = this.scores.get(key) ?? [];
    if (known.length >= items) return known.slice(0, items);
    const engine = await this.#load(tree);
    const opened = this.#task(task);
    const results = await evaluateTask(opened, selectItems(opened, { split, limit: items }), engine);
    const values = results.items.map(({ values: own }) => Object.values(own)[0]!);
    this.scores.put(key, values);
    this.measured++;
    return values;
  }

  /** Cosine of what two trees changed since the base. */
  async kinship(a: MergeTree, b: MergeTree): Promise<number> {
    const pair = [treeName(a), treeName(b)].toSorted().join(" ");
    const known = this.#kinship.get(pair);
    if (known !== undefined) return known;
    const models = [this.#open(a), this.#open(b)].map(({ model }) => model);
    const value = similarity("cosine", (await this.#compare(models)).all[0]![1]!);
    this.#kinship.set(pair, value);
    return value;
  }

  #compare(models: readonly Model[]): ReturnType<typeof measureKinship> {
    const base = this.#zooModel("base");
    const pool = models.map((model) => ({ model, source: base.source }));
    const signal = new AbortController().signal;
    const runPieces = runKinshipThreads({ models: pool, base, threads: 1, signal, onProgress: () => {} });
    return measureKinship({ models, base: base.model, runPieces });
  }

  /** All totals of the zoo's models, in the order of `models`. */
  pool(): ReturnType<typeof measureKinship> {
    return this.#compare(this.models.map((name) => this.#zooModel(name).model));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]();
    for (const { model } of this.#opened.values()) model[Symbol.dispose]();
  }

  #task(name: string): Task {
    const readText = (path: string): string => readFileSync(path, "utf8");
    const known = this.#tasks.get(name) ?? loadTask(zooTaskFile(name), { readText });
    this.#tasks.set(name, known);
    return known;
  }

  async #load(tree: MergeTree): Promise<Engine> {
    const name = treeName(tree);
    if (this.#engine !== undefined && this.#loaded === name) return this.#engine;
    const { model } = this.#open(tree);
    if (this.#engine === undefined) this.#engine = await openEngine(model, { kernels: this.#kernels, threads: 1 });
    else await this.#engine.load(model);
    this.#loaded = name;
    return this.#engine;
  }

  #zooModel(name: string): OpenedModel {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const opened = openModelAndSource(zooFolder(name));
    this.#opened.set(name, opened);
    return opened;
  }

  #open(tree: MergeTree): PlannedModel {
    if (typeof tree === "string") return this.#zooModel(tree);
    const name = treeName(tree);
    const known = this.#merged.get(name);
    if (known !== undefined) return known;
    const made = "mean" in tree ? this.#mean(tree.mean) : this.#pair(tree.operator, tree.parents);
    this.#merged.set(name, made);
    if (this.#merged.size > MOST_KEPT) this.#merged.delete(this.#merged.keys().next().value!);
    return made;
  }

  #mean(names: readonly string[]): PlannedModel {
    const models = names.toSorted().map((model) => ({ model, parameters: { weight: 1 } }));
    return this.#plan(JSON.stringify({ merge_method: "linear", models, dtype: DTYPE }), (one) => this.#zooModel(one));
  }

  #pair(operator: string, parents: readonly [MergeTree, MergeTree]): PlannedModel {
    const [first, second] = parents.map((parent) => this.#open(parent)) as [PlannedModel, PlannedModel];
    const known: Readonly<Record<string, PlannedModel>> = { first, second, base: this.#zooModel("base") };
    const recipe = childRecipe({
      operator: ZOO_OPERATORS[operator]!,
      parents: ["first", "second"],
      base: "base",
      dtype: DTYPE,
      mix: undefined,
    });
    return this.#plan(recipe, (reference) => known[reference]!);
  }

  #plan(recipe: string, openModel: (reference: string) => PlannedModel): PlannedModel {
    const { plan, problems } = planRecipe(recipe, "merge", { openModel, seed: 0 });
    if (plan === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
    using merged = openMergedModel(plan, this.#kernels, VIRTUAL_TILE_BYTES);
    return { model: heldInMemory(merged), source: this.#zooModel("base").source };
  }
}

/** A copy of a small model, so that merges of merges do not compute their parents again. */
function heldInMemory(model: Model): Model {
  const bytes = new Map<string, Uint8Array>();
  for (const name of model.tensors.keys()) {
    const { dtype, shape } = model.tensors.get(name)!;
    const whole = new Uint8Array(shape.reduce((product, length) => product * length, dtype === "F32" ? 4 : 2));
    model.read(name, 0, whole);
    bytes.set(name, whole);
  }
  return {
    ...model,
    read: (name, start, into) => into.set(bytes.get(name)!.subarray(start, start + into.length)),
    [Symbol.dispose]() {},
  };
}
