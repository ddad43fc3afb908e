/** Evaluates candidates of a search on this thread, without writing them. */

import { createByteCache, type ReuseCount } from "../base/byte-cache.ts";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import { createDraftBook } from "../engine/drafts.ts";
import { createHopStates } from "../engine/hop-states.ts";
import { evaluateTask } from "../evaluate/evaluate-task.ts";
import type { Item } from "../evaluate/item.ts";
import { selectItems } from "../evaluate/splits.ts";
import type { Task } from "../evaluate/task.ts";
import { createKeptTensors } from "../merge/kept-tensors.ts";
import { mergeIdentity, openMergedModel } from "../merge/merged-model.ts";
import { openVirtualMerge } from "../merge/open-source.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { reopenModel, resolveModel } from "../model/open-model.ts";
import type { Plan, PlannedModel } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { itemsOfBlock } from "../search/racing.ts";
import { type EvaluateRecipe, type ItemBlock, type SearchSplit, toTaskEvaluation } from "../search/task-evaluation.ts";
import { cliErrors } from "./errors.ts";
import { type HoldWishes, wishesBeside } from "./model-hold.ts";
import { createModelRunner } from "./model-runner.ts";
import { openKernels, VIRTUAL_TILE_BYTES } from "./open-subject.ts";

/** A task whose items are divided as a search divides them. */
export interface DividedTask {
  readonly task: Task;
  readonly metric: string;
  readonly limits: ItemLimits;
}

/** Which items a search uses for what. */
export interface ItemLimits {
  /** Of the search items; undefined for all but those kept back. */
  readonly limit: number | undefined;
  /** Search items behind them that are kept back for the final choice. */
  readonly finalItems: number;
}

/** What an evaluator works with. */
export interface CandidateInputs {
  readonly tasks: readonly DividedTask[];
  readonly openModel: (reference: string) => PlannedModel;
  /** Threads of the engine. @default chosen by the models' size */
  readonly threads: number | undefined;
  /** How models are held, as `chooseHold` has it; `bound` is for the whole process. */
  readonly wishes?: HoldWishes;
  /** For what candidates have in common. @default none */
  readonly cacheBytes?: number;
  /** A model that candidates are much like, whose answers are their drafts, unless there is no cache. @default no drafts */
  readonly draftRecipe?: string;
}

/** Memory for what candidates have in common, where nothing else is said. */
export const DEFAULT_CACHE_BYTES = 2 ** 30;

/** Evaluates candidates one at a time. */
export interface CandidateEvaluator {
  readonly evaluateRecipe: EvaluateRecipe;
  /** Plans one of the search's recipes. @throws cli/bad_candidate */
  readonly plan: (recipeText: string) => Plan;
  /** What was not computed again so far. */
  readonly reuse: CandidateReuse;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How much was computed once for several candidates. */
export interface CandidateReuse {
  /** Of prompts, positions times layers. */
  readonly prompts: ReuseCount;
  /** Bytes of merged tensors. */
  readonly tensors: ReuseCount;
}

/**
 * Opens an evaluator; its engine starts with the first candidate.
 *
 * Which candidates came before makes no difference to the results: drafts are those of one fixed model, and what is kept
 * is the same to the last bit.
 */
export function openCandidateEvaluator(inputs: CandidateInputs): CandidateEvaluator {
  const { tasks, openModel, threads, wishes = {}, cacheBytes = 0, draftRecipe } = inputs;
  const kernels = openKernels();
  const openMerge = createMergeCache();
  const plan = (recipeText: string): Plan => planCandidate(recipeText, { openModel, openMerge });
  // Halves, so that the tensors of a large model do not push the states out.
  const states = createHopStates(createByteCache(cacheBytes / 2));
  const tensors = createKeptTensors(createByteCache(cacheBytes / 2));
  const drafts = createDraftBook();
  const drafted = new Set<string>();
  const runner = createModelRunner({
    ...{ kernels, threads, ...wishesBeside(wishes, cacheBytes) },
    ...(cacheBytes > 0 ? { states, onFoundWeights: tensors.countFound } : {}),
  });
  const load = (recipeText: string): Promise<LanguageModel> => {
    const merged = openMergedModel(plan(recipeText), kernels, VIRTUAL_TILE_BYTES);
    return runner.load(cacheBytes > 0 ? tensors.wrap(merged) : merged);
  };
  const writeDrafts = async (recipe: string, split: SearchSplit, block: ItemBlock | undefined, signal: AbortSignal) => {
    const key = `${split} ${block?.index} ${block?.blocks} ${block?.turn}`;
    const written = tasks.filter(({ task }) => task.outputType === "generate_until");
    if (drafted.has(key) || written.length === 0) return;
    const model = drafts.record(await load(recipe));
    for (const { task, limits } of written)
      await evaluateTask(task, itemsOfBlock(itemsOf(task, split, limits), block), model, { signal });
    drafted.add(key);
  };
  return {
    plan,
    reuse: { prompts: states.count, tensors: tensors.count },
    async evaluateRecipe(recipeText, split, signal, block) {
      if (draftRecipe !== undefined && cacheBytes > 0) await writeDrafts(draftRecipe, split, block, signal);
      const model = drafts.use(await load(recipeText));
      const results = [];
      for (const { task, metric, limits } of tasks) {
        const items = itemsOfBlock(itemsOf(task, split, limits), block);
        results.push(toTaskEvaluation(await evaluateTask(task, items, model, { signal }), metric));
      }
      return results;
    },
    [Symbol.asyncDispose]: async () => runner[Symbol.asyncDispose](),
  };
}

/** Makes the function that opens each model once. @param locate - says where a model of that name lies here. */
export function createModelCache(locate = (reference: string) => reference): (reference: string) => PlannedModel {
  const open = new Map<string, PlannedModel>();
  return (reference) => {
    const known = open.get(reference);
    if (known !== undefined) return known;
    const source = resolveModel(locate(reference));
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

interface PlanInputs {
  readonly openModel: (reference: string) => PlannedModel;
  readonly openMerge: (plan: Plan) => PlannedModel;
}

function planCandidate(recipeText: string, inputs: PlanInputs): Plan {
  const { plan, problems } = planRecipe(recipeText, "candidate", { ...inputs, seed: 0, allowMissingBuffers: true });
  if (plan !== undefined) return plan;
  throw cliErrors.bad_candidate({ problems: problems.map(({ message }) => message) });
}

/** Returns what tells whether two searches have the same items in the same splits. */
export function hashItems({ task, limits }: Pick<DividedTask, "task" | "limits">): string {
  const splits = limits.finalItems === 0 ? (["search", "holdout"] as const) : (["search", "final", "holdout"] as const);
  const items = splits.map((split) => itemsOf(task, split, limits).map(({ fields }) => fields));
  return sha256(canonicalJson(items));
}

/** Returns what tells whether two tasks ask and score alike: their settings, and a prompt, which shows the examples. */
export function hashQuestions(task: Task): string {
  const { dataset_kwargs: _where, task_alias: _title, tag: _tag, metadata: _notes, ...keys } = task.keys;
  const [first] = selectItems(task, { split: "all", limit: 1 });
  return sha256(canonicalJson([JSON.parse(JSON.stringify(keys)) as Json, task.prepare(first!).prompt]));
}

/** Returns the items of a split. Only the search items are limited: the holdout score is worth as many items as there are. */
export function itemsOf(task: Task, split: SearchSplit, { limit, finalItems }: ItemLimits): readonly Item[] {
  if (split === "holdout") return selectItems(task, { split });
  const all = selectItems(task, { split: "search" });
  const searched = limit ?? all.length - finalItems;
  return split === "search" ? all.slice(0, searched) : all.slice(searched, searched + finalItems);
}
