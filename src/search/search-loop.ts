/** The search itself: ask, evaluate, tell, until the budget is used up. Every step can be repeated without harm. */

import type { Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import type { Score } from "../evaluate/score.ts";
import { OPTIMISERS } from "../optim/index.ts";
import type { AnyOptimiser, StopReason } from "../optim/optimiser.ts";
import type { CandidateSpace } from "./candidate-space.ts";
import { searchFaults } from "./errors.ts";
import type { RecipeEvaluator } from "./recipe-evaluator.ts";
import type { LoggedGeneration, RunLog } from "./run-log.ts";
import type { Search } from "./search.ts";
import { unmergeableText } from "./unmergeable.ts";

/** A candidate and what became of it. */
export interface CandidateRecord {
  /** Place in the budget, from 1; undefined for a recipe that had been evaluated before. */
  readonly evaluation: number | undefined;
  /** 0 for the start of the search. */
  readonly generation: number;
  /** Values of the variables, as the recipe shows them. */
  readonly values: readonly number[];
  readonly recipeText: string;
  /** On the search items; undefined if it failed. */
  readonly score: Score | undefined;
  readonly failure: string | undefined;
}

/** A search that has ended. */
export interface SearchHistory {
  /** In the order in which they were asked. */
  readonly candidates: readonly CandidateRecord[];
  readonly stoppedBy: readonly StopReason[];
}

/** What the loop works with. */
export interface SearchParts {
  readonly search: Search;
  readonly space: CandidateSpace;
  readonly higherIsBetter: boolean;
  readonly log: RunLog;
  readonly evaluator: RecipeEvaluator;
  readonly elapsed: () => number;
  /** Called for candidates that were evaluated now, and for those found in the store (`fresh` false). */
  readonly onCandidate: (record: CandidateRecord, fresh: boolean) => void;
}

/** Generations in a row that bring no new recipe before the search ends: the optimiser has converged to the recipe's digits. */
const MOST_REPEATED_GENERATIONS = 20;

interface Asked {
  readonly id: number;
  readonly values: readonly number[];
  readonly recipeText: string;
}

/**
 * Searches until the budget is used up or the optimiser has reasons to stop.
 *
 * The first evaluation is the start of the search; the optimiser is not told of it. A last generation for which the
 * budget does not suffice is evaluated as far as it does.
 */
export async function runSearch(parts: SearchParts): Promise<SearchHistory> {
  const { search, log } = parts;
  const space = parts.space.variables;
  const optimiser = OPTIMISERS[search.optimiser.name]!;
  const resumed = log.told?.generation ?? 0;
  let state =
    log.told?.state ?? optimiser.init(space, optimiser.settings(search.optimiser.settings, space), search.seed);
  const candidates: CandidateRecord[] = [];

  for (let generation = 0; ; generation++) {
    const stoppedBy = generation > resumed ? stopReasons(search, optimiser, state, candidates) : [];
    if (stoppedBy.length > 0) return { candidates, stoppedBy };
    const asked = askGeneration(parts, generation, () => {
      if (generation === 0) return [{ id: -1, values: space.map(({ start }) => start) }];
      return generation <= resumed ? [] : optimiser.ask(state);
    });
    const records: CandidateRecord[] = [];
    for (const candidate of asked) {
      if (isSpent(search, candidates) && !parts.evaluator.knows(candidate.recipeText, "search"))
        return { candidates, stoppedBy: [spent(search)] };
      const record = await evaluateCandidate(parts, generation, candidate, candidates);
      records.push(record);
      candidates.push(record);
    }
    if (generation > resumed) {
      const answers = records.map(({ score }, i) => ({ id: asked[i]!.id, value: toLoss(score, parts.higherIsBetter) }));
      state = optimiser.tell(state, answers);
      log.append("told", { at: parts.elapsed(), generation, state });
    }
  }
}

function stopReasons(
  search: Search,
  optimiser: AnyOptimiser,
  state: Json,
  candidates: readonly CandidateRecord[],
): readonly StopReason[] {
  if (isSpent(search, candidates)) return [spent(search)];
  const last = candidates.at(-1)?.generation ?? 0;
  const newest = candidates.findLast(({ evaluation }) => evaluation !== undefined)?.generation ?? 0;
  if (last - newest >= MOST_REPEATED_GENERATIONS) {
    const detail = `${MOST_REPEATED_GENERATIONS} generations brought no new recipe`;
    return [{ name: "repeats", detail }];
  }
  return optimiser.stop(state);
}

/** Counts what was met again in this sitting, not what the log has: a resumed run must stop where it would have stopped. */
function isSpent({ evaluations }: Search, candidates: readonly CandidateRecord[]): boolean {
  return countEvaluations(candidates) >= evaluations;
}

function countEvaluations(candidates: readonly CandidateRecord[]): number {
  return candidates.filter(({ evaluation }) => evaluation !== undefined).length;
}

function spent({ evaluations }: Search): StopReason {
  return { name: "budget", detail: `all ${evaluations} evaluations of the budget are used up` };
}

/** Evaluations that the budget has paid for so far. */
export function countedEvaluations(log: RunLog): number {
  return [...log.evaluations.values()].filter(({ counted }) => counted).length;
}

/** Takes a generation from the log, or asks for it and puts it there. */
function askGeneration(
  { space, log, elapsed }: SearchParts,
  generation: number,
  ask: () => readonly { readonly id: number; readonly values: readonly number[] }[],
): readonly Asked[] {
  const write = (id: number, point: readonly number[]): Asked => {
    const values = space.round(point);
    return { id, values, recipeText: writeRecipe(space, values) };
  };
  const asked = ask().map(({ id, values }) => write(id, values));
  const logged = log.generations.find((entry) => entry.generation === generation);
  if (logged === undefined) {
    const candidates = asked.map(({ id, values, recipeText }) => ({
      id,
      values: [...values],
      recipe: sha256(recipeText),
    }));
    log.append("asked", { at: elapsed(), generation, candidates });
    return asked;
  }
  const again = asked.length > 0 ? asked : logged.candidates.map(({ id, values }) => write(id, values));
  assertSameRecipes(again, logged);
  return again;
}

function writeRecipe(space: CandidateSpace, values: readonly number[]): string {
  try {
    return space.recipe(values);
  } catch (error) {
    return unmergeableText(error);
  }
}

function assertSameRecipes(asked: readonly Asked[], logged: LoggedGeneration): void {
  const same =
    asked.length === logged.candidates.length &&
    asked.every(({ recipeText }, i) => sha256(recipeText) === logged.candidates[i]!.recipe);
  if (same) return;
  const problem = "it has other candidates than this version of merganser would ask for";
  throw searchFaults.unreadable_log({ at: `generation ${logged.generation}`, problem });
}

async function evaluateCandidate(
  parts: SearchParts,
  generation: number,
  { values, recipeText }: Asked,
  before: readonly CandidateRecord[],
): Promise<CandidateRecord> {
  const outcome = await parts.evaluator.evaluate(recipeText, "search", true);
  const isRepeat = before.some((record) => record.recipeText === recipeText) || !isCounted(parts.log, outcome.recipe);
  const evaluation = isRepeat ? undefined : countEvaluations(before) + 1;
  const { failure } = outcome;
  const record = { evaluation, generation, values, recipeText, score: outcome.score?.overall, failure };
  parts.onCandidate(record, outcome.fresh);
  return record;
}

function isCounted(log: RunLog, recipe: string): boolean {
  return log.evaluations.get(`search ${recipe}`)?.counted === true;
}

function toLoss(score: Score | undefined, higherIsBetter: boolean): number {
  if (score === undefined) return Number.NaN;
  return higherIsBetter ? -score.value : score.value;
}
