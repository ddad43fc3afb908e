/** The search itself: ask, evaluate, tell, until the budget is used up. Every step can be repeated without harm. */

import type { Json } from "../base/canonical-json.ts";
import { sha256 } from "../base/hash.ts";
import type { Score } from "../evaluate/score.ts";
import { OPTIMISERS } from "../optim/index.ts";
import type { Answer, AnyOptimiser, StopReason } from "../optim/optimiser.ts";
import type { CandidateSpace } from "./candidate-space.ts";
import { searchFaults } from "./errors.ts";
import type { Objectives } from "./objectives.ts";
import { isClearlyWorse, type RacingValues } from "./racing.ts";
import type { RecipeEvaluator, RecipeOutcome } from "./recipe-evaluator.ts";
import type { LoggedGeneration, RunLog } from "./run-log.ts";
import type { Search } from "./search.ts";
import type { ScoredTask } from "./task-evaluation.ts";
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
  /** By task; undefined if it failed. */
  readonly tasks: ReadonlyMap<string, Score> | undefined;
  /** Items that it met; with racing perhaps not all. */
  readonly items: number;
  /** Whether it met all items, or stopped because it was clearly worse. */
  readonly isComplete: boolean;
  /** Whether it breaks no constraint. */
  readonly isAllowed: boolean;
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
  readonly objectives: Objectives;
  /** Items that a candidate meets at most. */
  readonly itemsPerCandidate: number;
  readonly tasks: readonly ScoredTask[];
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
  const race: Race = { leader: undefined };

  for (let generation = 0; ; generation++) {
    const stoppedBy = generation > resumed ? stopReasons(parts, optimiser, state, candidates) : [];
    if (stoppedBy.length > 0) return { candidates, stoppedBy };
    const asked = askGeneration(parts, generation, () => {
      if (generation === 0) return [{ id: -1, values: space.map(({ start }) => start) }];
      return generation <= resumed ? [] : optimiser.ask(state);
    });
    const losses: Loss[] = [];
    for (const candidate of asked) {
      const over = spentBudget(parts, candidates);
      if (over !== undefined && !isKnown(parts, candidate.recipeText)) return { candidates, stoppedBy: [over] };
      const { record, loss } = await evaluateCandidate(parts, generation, candidate, { candidates, race });
      losses.push(loss);
      candidates.push(record);
    }
    if (generation > resumed) {
      const answers = losses.map((loss, i) => ({ id: asked[i]!.id, ...loss }));
      state = optimiser.tell(state, answers);
      log.append("told", { at: parts.elapsed(), generation, state });
    }
  }
}

function stopReasons(
  parts: SearchParts,
  optimiser: AnyOptimiser,
  state: Json,
  candidates: readonly CandidateRecord[],
): readonly StopReason[] {
  const over = spentBudget(parts, candidates);
  if (over !== undefined) return [over];
  const last = candidates.at(-1)?.generation ?? 0;
  const newest = candidates.findLast(({ evaluation }) => evaluation !== undefined)?.generation ?? 0;
  if (last - newest >= MOST_REPEATED_GENERATIONS) {
    const detail = `${MOST_REPEATED_GENERATIONS} generations brought no new recipe`;
    return [{ name: "repeats", detail }];
  }
  return optimiser.stop(state);
}

/**
 * Which limit of the budget leaves no room for another candidate. Counts what was met again in this sitting, not what
 * the log has: a resumed run must stop where it would have stopped.
 */
function spentBudget(parts: SearchParts, candidates: readonly CandidateRecord[]): StopReason | undefined {
  const { search, itemsPerCandidate, elapsed } = parts;
  const { evaluations, limits, finalists } = search;
  const name = "budget";
  if (countEvaluations(candidates) >= evaluations)
    return { name, detail: `all ${evaluations} evaluations of the budget are used up` };
  const most = limits.itemEvaluations;
  const kept = finalists === undefined ? 0 : finalists.candidates * finalists.items * search.tasks.length;
  const used = candidates.reduce((sum, { evaluation, items }) => sum + (evaluation === undefined ? 0 : items), 0);
  if (most !== undefined && used + itemsPerCandidate + kept > most)
    return {
      name,
      detail: `${used} of ${most} item evaluations are used up, and another candidate may take ${itemsPerCandidate}`,
    };
  if (limits.seconds !== undefined && elapsed() >= limits.seconds)
    return { name, detail: `the ${limits.seconds} seconds of the budget are over` };
  return undefined;
}

function countEvaluations(candidates: readonly CandidateRecord[]): number {
  return candidates.filter(({ evaluation }) => evaluation !== undefined).length;
}

/** Evaluations that the budget has paid for so far. */
export function countedEvaluations(log: RunLog): number {
  return log.counted.size;
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

/** Who is ahead among the candidates that met all items; values for paired tests. */
interface Race {
  leader: { readonly loss: number; readonly values: RacingValues } | undefined;
}

/** What an optimiser is told of a candidate. */
type Loss = Pick<Answer, "value" | "objectives" | "violation">;

/** A broken constraint costs ten times what it is broken by, for optimisers that know only one value. */
const VIOLATION_COST = 10;

async function evaluateCandidate(
  parts: SearchParts,
  generation: number,
  { values, recipeText }: Asked,
  { candidates: before, race }: { readonly candidates: readonly CandidateRecord[]; readonly race: Race },
): Promise<{ readonly record: CandidateRecord; readonly loss: Loss }> {
  const { outcome, isComplete } = await meetItems(parts, recipeText, race);
  const isRepeat = before.some((record) => record.recipeText === recipeText) || !parts.log.counted.has(outcome.recipe);
  const evaluation = isRepeat ? undefined : countEvaluations(before) + 1;
  const { failure, score } = outcome;
  const violation = score === undefined ? 0 : parts.objectives.violation(score);
  const record: CandidateRecord = {
    ...{ evaluation, generation, values, recipeText, failure },
    score: score?.overall,
    tasks: score?.tasks,
    items: [...outcome.items.values()].reduce((sum, { length }) => sum + length, 0),
    isComplete,
    isAllowed: violation === 0,
  };
  parts.onCandidate(record, outcome.fresh);
  const loss = toLoss(score?.overall, parts.higherIsBetter) + VIOLATION_COST * violation;
  if (isComplete && (race.leader === undefined || loss < race.leader.loss)) race.leader = { loss, values: outcome };
  if (score === undefined) return { record, loss: { value: loss } };
  return { record, loss: { value: loss, objectives: parts.objectives.losses(score), violation } };
}

/** Whether a candidate's first items are in the store. */
function isKnown({ search, evaluator }: SearchParts, recipeText: string): boolean {
  const { racing } = search;
  return evaluator.knows(recipeText, "search", racing === undefined ? undefined : { index: 0, blocks: racing.blocks });
}

/** All items at once, or block by block until the candidate is clearly worse than the leader. */
async function meetItems(
  { search, evaluator, tasks }: SearchParts,
  recipeText: string,
  { leader }: Race,
): Promise<{ readonly outcome: RecipeOutcome; readonly isComplete: boolean }> {
  const { racing } = search;
  if (racing === undefined) {
    const outcome = await evaluator.evaluate(recipeText, "search", true);
    return { outcome, isComplete: outcome.score !== undefined };
  }
  const { blocks, confidence } = racing;
  for (let index = 0; ; index++) {
    const outcome = await evaluator.evaluate(recipeText, "search", true, { index, blocks });
    if (outcome.score === undefined) return { outcome, isComplete: false };
    if (index === blocks - 1) return { outcome, isComplete: true };
    if (leader !== undefined && isClearlyWorse(tasks, outcome, leader.values, confidence))
      return { outcome, isComplete: false };
  }
}

function toLoss(score: Score | undefined, higherIsBetter: boolean): number {
  if (score === undefined) return Number.NaN;
  return higherIsBetter ? -score.value : score.value;
}
