import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { type ModelScore, modelScore, type TaskValues } from "./combined-score.ts";
import type { EventStore } from "./event-store.ts";
import { evaluationKey, type RunLog } from "./run-log.ts";
import type { EvaluateRecipe, ScoredTask, SearchSplit, TaskEvaluation } from "./task-evaluation.ts";

/** What became of a recipe on a split. */
export interface RecipeOutcome {
  /** Hash of the recipe's text. */
  readonly recipe: string;
  /** Undefined if it failed. */
  readonly score: ModelScore | undefined;
  /** Values of the items, in an order that is the same for all recipes; empty if it failed. */
  readonly values: TaskValues;
  /** Why it failed. */
  readonly failure: string | undefined;
  /** Whether it was evaluated now rather than found in the store. */
  readonly fresh: boolean;
}

/** Evaluates each recipe once on each split, whatever happens to the process in between. */
export interface RecipeEvaluator {
  /** Whether the outcome is in the store. */
  knows(recipeText: string, split: SearchSplit): boolean;
  /**
   * Returns the stored outcome, or evaluates and stores it. A failure is an outcome too, unless the signal was aborted.
   *
   * @param counted - whether a fresh evaluation takes from the budget.
   */
  evaluate(recipeText: string, split: SearchSplit, counted: boolean): Promise<RecipeOutcome>;
  /** The same for a recipe without which there is nothing to do: failures are thrown and not stored. */
  require(recipeText: string, split: SearchSplit): Promise<RecipeOutcome>;
}

/** What an evaluator works with. */
export interface EvaluatorParts {
  readonly store: EventStore;
  readonly log: RunLog;
  readonly tasks: readonly ScoredTask[];
  readonly evaluateRecipe: EvaluateRecipe;
  readonly signal: AbortSignal;
  /** Seconds of work since the run began. */
  readonly elapsed: () => number;
}

/** Creates the evaluator of a run. */
export function createRecipeEvaluator({
  store,
  log,
  tasks,
  evaluateRecipe,
  signal,
  elapsed,
}: EvaluatorParts): RecipeEvaluator {
  const stored = (recipe: string, split: SearchSplit, fresh: boolean): RecipeOutcome => {
    const { failure } = log.evaluations.get(evaluationKey(recipe, split))!;
    if (failure !== null) return { recipe, score: undefined, values: new Map(), failure, fresh };
    const values = readValues(store, tasks, recipe, split);
    const score = modelScore(tasks, values);
    const failed = Number.isNaN(score.overall.value) ? "its score is not a number" : undefined;
    return { recipe, score: failed === undefined ? score : undefined, values, failure: failed, fresh };
  };
  const run = async (recipeText: string, split: SearchSplit, counted: boolean, isRequired: boolean) => {
    const recipe = sha256(recipeText);
    if (log.evaluations.has(evaluationKey(recipe, split))) return stored(recipe, split, false);
    signal.throwIfAborted();
    const tried = await attempt(() => evaluateRecipe(recipeText, split, signal), isRequired, signal);
    const rows = tried.failure === null ? toRows(tried.evaluations, recipe, split) : [];
    log.append(
      "evaluated",
      { recipe, split, counted, at: elapsed(), items: rows.length, failure: tried.failure },
      rows,
    );
    return stored(recipe, split, true);
  };
  return {
    knows: (recipeText, split) => log.evaluations.has(evaluationKey(sha256(recipeText), split)),
    evaluate: (recipeText, split, counted) => run(recipeText, split, counted, false),
    require: (recipeText, split) => run(recipeText, split, false, true),
  };
}

type Attempt =
  | { readonly failure: null; readonly evaluations: readonly TaskEvaluation[] }
  | { readonly failure: string };

async function attempt(
  evaluate: () => Promise<readonly TaskEvaluation[]>,
  isRequired: boolean,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    return { failure: null, evaluations: await evaluate() };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (isRequired) throw error;
    return { failure: reasonOf(error) };
  }
}

/** Items of both splits share a table, so their names carry the split. */
function toRows(evaluations: readonly TaskEvaluation[], candidate: string, split: SearchSplit) {
  return evaluations.flatMap(({ task, items }) =>
    items.map(({ item, value, detail }) => {
      const result: Json = {
        value: Number.isFinite(value) ? value : null,
        ...(detail === undefined ? {} : { detail }),
      };
      return { candidate, task, item: `${split}/${item}`, result };
    }),
  );
}

/** Read back even when just written, in one order, so that a resumed run computes the very same numbers. */
function readValues(store: EventStore, tasks: readonly ScoredTask[], recipe: string, split: SearchSplit): TaskValues {
  const valuesOf = (task: string): readonly number[] =>
    [...store.results(recipe, task)]
      .filter(([item]) => item.startsWith(`${split}/`))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, result]) => (result as { readonly value: number | null }).value ?? Number.NaN);
  return new Map(tasks.map(({ name }) => [name, valuesOf(name)]));
}

function reasonOf(error: unknown): string {
  if (error instanceof CodedError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
