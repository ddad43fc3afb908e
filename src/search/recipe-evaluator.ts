import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { type ModelScore, modelScore, type TaskValues } from "./combined-score.ts";
import type { EventStore } from "./event-store.ts";
import { evaluationKey, type RunLog } from "./run-log.ts";
import {
  blockName,
  type EvaluateRecipe,
  type ItemBlock,
  type ScoredTask,
  type SearchSplit,
  type TaskEvaluation,
} from "./task-evaluation.ts";

/** What became of a recipe on a split. */
export interface RecipeOutcome {
  /** Hash of the recipe's text. */
  readonly recipe: string;
  /** Undefined if it failed. */
  readonly score: ModelScore | undefined;
  /** Values of the items, in an order that is the same for all recipes; empty if it failed. */
  readonly values: TaskValues;
  /** Their names, in the same order. */
  readonly items: ReadonlyMap<string, readonly string[]>;
  /** Why it failed. */
  readonly failure: string | undefined;
  /** Whether it was evaluated now rather than found in the store. */
  readonly fresh: boolean;
}

/** Evaluates each recipe once on each split, whatever happens to the process in between. */
export interface RecipeEvaluator extends AsyncDisposable {
  /**
   * Begins evaluations that are sure to be asked for, where several may be under way at a time; otherwise does nothing.
   * What becomes of them is told when they are asked for.
   */
  begin(recipes: readonly string[], split: SearchSplit, how: HowToEvaluate): void;
  /** Whether the outcome is in the store, or was begun and will be. */
  knows(recipeText: string, split: SearchSplit, block?: ItemBlock): boolean;
  /**
   * Returns the stored outcome, or evaluates and stores it. A failure is an outcome too, unless the signal was aborted.
   *
   * @param counted - whether a fresh evaluation takes from the budget.
   * @param block - part of the items; the outcome is then of all parts that were evaluated so far.
   */
  evaluate(recipeText: string, split: SearchSplit, counted: boolean, block?: ItemBlock): Promise<RecipeOutcome>;
  /** The same for a recipe without which there is nothing to do: failures are thrown and not stored. */
  require(recipeText: string, split: SearchSplit): Promise<RecipeOutcome>;
}

/** As the evaluation will be asked for. */
export interface HowToEvaluate {
  /** By `require`. @default false */
  readonly isRequired?: boolean;
  readonly counted: boolean;
  readonly block?: ItemBlock | undefined;
}

/** What an evaluator works with. */
export interface EvaluatorParts {
  readonly store: EventStore;
  readonly log: RunLog;
  readonly tasks: readonly ScoredTask[];
  readonly evaluateRecipe: EvaluateRecipe;
  /** Whether it may be called again before it has answered. @default false */
  readonly isSpread?: boolean;
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
  isSpread = false,
  signal: given,
  elapsed,
}: EvaluatorParts): RecipeEvaluator {
  const over = new AbortController();
  const signal = AbortSignal.any([given, over.signal]);
  /** Evaluations that were begun and not asked for yet. */
  const begun = new Map<string, Promise<RecipeOutcome>>();
  const stored = (recipe: string, part: Part, fresh: boolean): RecipeOutcome => {
    const { split, block } = part;
    const { failure } = log.evaluations.get(evaluationKey(recipe, split, block))!;
    if (failure !== null) return { recipe, score: undefined, values: new Map(), items: new Map(), failure, fresh };
    const { values, items } = readValues(store, tasks, recipe, part);
    const score = modelScore(tasks, values);
    const failed = Number.isNaN(score.overall.value) ? "its score is not a number" : undefined;
    return { recipe, score: failed === undefined ? score : undefined, values, items, failure: failed, fresh };
  };
  const run = async (recipeText: string, part: Part, counted: boolean, isRequired: boolean) => {
    const recipe = sha256(recipeText);
    const { split, block, items: some } = part;
    if (log.evaluations.has(evaluationKey(recipe, split, block))) return stored(recipe, part, false);
    signal.throwIfAborted();
    const tried = await attempt(() => evaluateRecipe(recipeText, split, signal, some), isRequired, signal);
    const rows = tried.failure === null ? toRows(tried.evaluations, recipe, part) : [];
    log.append(
      "evaluated",
      {
        recipe,
        split,
        ...(block === undefined ? {} : { block }),
        counted,
        at: elapsed(),
        items: rows.length,
        failure: tried.failure,
      },
      rows,
    );
    return stored(recipe, part, true);
  };
  const keyOf = (recipeText: string, { split, block }: Part): string => evaluationKey(sha256(recipeText), split, block);
  const begin = (recipeText: string, part: Part, counted: boolean, isRequired: boolean): void => {
    const key = keyOf(recipeText, part);
    if (log.evaluations.has(key) || begun.has(key)) return;
    const outcome = run(recipeText, part, counted, isRequired);
    outcome.catch(() => {}); // Thrown where it is asked for.
    begun.set(key, outcome);
  };
  const ask = (recipeText: string, part: Part, counted: boolean, isRequired: boolean): Promise<RecipeOutcome> => {
    const key = keyOf(recipeText, part);
    const outcome = begun.get(key);
    begun.delete(key);
    return outcome ?? run(recipeText, part, counted, isRequired);
  };
  return {
    begin(recipes, split, { isRequired = false, counted, block }) {
      if (isSpread) for (const text of recipes) begin(text, partOf(split, block), counted, isRequired);
    },
    knows(recipeText, split, block) {
      const key = keyOf(recipeText, partOf(split, block));
      return log.evaluations.has(key) || begun.has(key);
    },
    evaluate: (recipeText, split, counted, block) => ask(recipeText, partOf(split, block), counted, false),
    require: (recipeText, split) => ask(recipeText, { split }, false, true),
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.allSettled(begun.values());
    },
  };
}

/** Items of a split, or a block of them with its name in the log. */
interface Part {
  readonly split: SearchSplit;
  readonly block?: string;
  readonly items?: ItemBlock;
}

function partOf(split: SearchSplit, items: ItemBlock | undefined): Part {
  return items === undefined ? { split } : { split, items, block: blockName(items) };
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
function toRows(evaluations: readonly TaskEvaluation[], candidate: string, { split, items: some }: Part) {
  return evaluations.flatMap(({ task, items }) =>
    items.map(({ item, value, detail }) => {
      const result: Json = {
        value: Number.isFinite(value) ? value : null,
        ...(some === undefined ? {} : { block: some.index }),
        ...(detail === undefined ? {} : { detail }),
      };
      return { candidate, task, item: `${split}/${item}`, result };
    }),
  );
}

/** Read back even when just written, in one order, so that a resumed run computes the very same numbers. */
function readValues(
  store: EventStore,
  tasks: readonly ScoredTask[],
  recipe: string,
  { split, items: some }: Part,
): Pick<RecipeOutcome, "values" | "items"> {
  // A run that is repeated from its log must not know of later blocks before it comes to them.
  const isMet = (result: Json): boolean =>
    some === undefined || ((result as { readonly block?: number }).block ?? 0) <= some.index;
  const rowsOf = (task: string) =>
    [...store.results(recipe, task)]
      .filter(([item, result]) => item.startsWith(`${split}/`) && isMet(result))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const rows = tasks.map(({ name }) => [name, rowsOf(name)] as const);
  const toValue = (result: Json): number => (result as { readonly value: number | null }).value ?? Number.NaN;
  return {
    values: new Map(rows.map(([name, own]) => [name, own.map(([, result]) => toValue(result))])),
    items: new Map(rows.map(([name, own]) => [name, own.map(([item]) => item)])),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof CodedError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
