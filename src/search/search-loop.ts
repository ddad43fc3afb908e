/** The search itself: ask, evaluate, tell, until the budget is used up. Every step can be repeated without harm. */

import type { Json } from "../base/canonical-json.ts";
import type { Score } from "../evaluate/score.ts";
import { OPTIMISERS } from "../optim/index.ts";
import type { Answer, AnyOptimiser, StopReason } from "../optim/optimiser.ts";
import { type Asked, askGeneration } from "./ask-generation.ts";
import { type CandidateSpace, startingAt } from "./candidate-space.ts";
import type { Objectives } from "./objectives.ts";
import { firstBlock, isClearlyWorse, type RacingValues } from "./racing.ts";
import type { RecipeEvaluator, RecipeOutcome } from "./recipe-evaluator.ts";
import type { RunLog } from "./run-log.ts";
import type { Search } from "./search.ts";
import { type BudgetUse, countEvaluations, hasItemsFor, type KeptBudget, spentBudget } from "./spent-budget.ts";
import type { ItemBlock, ScoredTask } from "./task-evaluation.ts";

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
  /** Items that it met, failed or not; with racing perhaps not all. */
  readonly items: number;
  /** Whether it met all items, or stopped because it was clearly worse. */
  readonly isComplete: boolean;
  /** Whether it breaks no constraint. */
  readonly isAllowed: boolean;
}

/** A candidate that did not fail. */
export type ScoredCandidate = Omit<CandidateRecord, "score"> & { readonly score: Score };

/** A search that has ended. */
export interface SearchHistory {
  /** In the order in which they were asked. */
  readonly candidates: readonly CandidateRecord[];
  readonly stoppedBy: readonly StopReason[];
  /** The point that the optimiser would bet on, if it has an opinion. */
  readonly recommended: readonly number[] | undefined;
}

/** What the loop works with. */
export interface SearchParts {
  readonly search: Search;
  readonly space: CandidateSpace;
  /** Points to begin with, at least one; the optimiser begins at the best of them. @default the variables' starts */
  readonly starts?: readonly (readonly number[])[];
  readonly higherIsBetter: boolean;
  readonly objectives: Objectives;
  /** Items that a candidate meets at most. */
  readonly itemsPerCandidate: number;
  /** What the search leaves of its budget. @default nothing */
  readonly kept?: KeptBudget;
  readonly tasks: readonly ScoredTask[];
  readonly log: RunLog;
  readonly evaluator: RecipeEvaluator;
  readonly elapsed: () => number;
  /** Called for candidates that were evaluated now, and for those found in the store (`fresh` false). */
  readonly onCandidate: (record: CandidateRecord, fresh: boolean) => void;
}

/** Generations in a row that bring no new recipe before the search ends: the optimiser has converged to the recipe's digits. */
const MOST_REPEATED_GENERATIONS = 20;

/**
 * Searches until the budget is used up or the optimiser has reasons to stop.
 *
 * The first evaluations are those of the starts; the optimiser is not told of them, but begins at the best. A last
 * generation for which the budget does not suffice is evaluated as far as it does.
 */
export async function runSearch(parts: SearchParts): Promise<SearchHistory> {
  const { search, log } = parts;
  const optimiser = OPTIMISERS[search.optimiser.name]!;
  const resumed = log.told?.generation ?? 0;
  const candidates: CandidateRecord[] = [];
  const race = createRace();
  const meet = async (generation: number, asked: readonly Asked[]): Promise<GenerationResult> => {
    const met = await meetGeneration(parts, generation, asked, { candidates, race });
    candidates.push(...met.records);
    return met;
  };

  const starts = parts.starts ?? [parts.space.variables.map(({ start }) => start)];
  const first = await meet(
    0,
    askGeneration(parts, 0, () => starts.map((values, i) => ({ id: -1 - i, values }))),
  );
  if (first.over !== undefined) return { candidates, stoppedBy: [first.over], recommended: undefined };
  let state = log.told?.state ?? initialState(parts, optimiser, first);
  for (let generation = 1; ; generation++) {
    const stoppedBy = generation > resumed ? stopReasons(parts, optimiser, state, candidates) : [];
    if (stoppedBy.length > 0) return { candidates, stoppedBy, recommended: optimiser.recommend?.(state) };
    const asked = askGeneration(parts, generation, () => (generation <= resumed ? [] : optimiser.ask(state)));
    const met = await meet(generation, asked);
    if (met.over !== undefined) return { candidates, stoppedBy: [met.over], recommended: optimiser.recommend?.(state) };
    if (generation > resumed) {
      const answers = met.losses.map((loss, i) => ({ id: asked[i]!.id, ...loss }));
      state = optimiser.tell(state, answers);
      log.append("told", { at: parts.elapsed(), generation, state });
    }
  }
}

/** Where the search was given points to begin with, the optimiser begins at the one with the least loss. */
function initialState(parts: SearchParts, optimiser: AnyOptimiser, { losses }: GenerationResult): Json {
  const { search, starts } = parts;
  const { variables } = parts.space;
  const { seed } = search;
  const space = starts === undefined ? variables : startingAt(variables, starts[leastLoss(losses)]!);
  return optimiser.init(space, optimiser.settings(search.optimiser.settings, space), seed);
}

function isLess(a: number, b: number): boolean {
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** The first of equal ones, or of none that was scored. */
function leastLoss(losses: readonly Loss[]): number {
  return losses.reduce((least, { value }, i) => (isLess(value, losses[least]!.value) ? i : least), 0);
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

/** Evaluations that the budget has paid for so far. */
export function countedEvaluations(log: RunLog): number {
  return log.counted.size;
}

/** Who is ahead among the candidates that met all items; values for paired tests. */
export interface Race {
  leader: { readonly loss: number; readonly values: RacingValues } | undefined;
}

/** A race before anybody met all items. */
export function createRace(): Race {
  return { leader: undefined };
}

/** What an optimiser is told of a candidate. */
type Loss = Pick<Answer, "value" | "objectives" | "violation">;

/** A broken constraint costs ten times what it is broken by, for optimisers that know only one value. */
const VIOLATION_COST = 10;

/** What became of a generation. */
export interface GenerationResult {
  readonly records: readonly CandidateRecord[];
  /** One for each record. */
  readonly losses: readonly Loss[];
  /** The limit of the budget that the rest of the generation would break. */
  readonly over: StopReason | undefined;
}

/** A candidate on its way through the items. */
interface Runner {
  readonly asked: Asked;
  readonly isRepeat: boolean;
  /** Undefined where there is no racing. */
  readonly firstBlock: ItemBlock | undefined;
  outcome: RecipeOutcome;
  /** Blocks met, and items in them, also of those before a failure. */
  blocks: number;
  items: number;
  isFresh: boolean;
}

/**
 * Scores the candidates of a generation as far as the budget allows. Those for which it might not suffice if all met all
 * items wait until the others have raced, and then meet what these left.
 */
export async function meetGeneration(
  parts: SearchParts,
  generation: number,
  asked: readonly Asked[],
  { candidates: before, race }: { readonly candidates: readonly CandidateRecord[]; readonly race: Race },
): Promise<GenerationResult> {
  const runners: Runner[] = [];
  let over: StopReason | undefined;
  const blocks = asked.map((one) => blockOf(parts, one, generation, before));
  for (let raced = -1; runners.length < asked.length && runners.length > raced; ) {
    raced = runners.length;
    const spent = [...before, ...runners.map(spentBy)];
    beginGeneration(parts, asked.slice(raced), blocks.slice(raced), spent);
    for (const [i, one] of [...asked.entries()].slice(raced)) {
      const uses = [...spent, ...runners.slice(raced).map((runner) => claim(parts, runner))];
      over = spentBudget(parts, uses);
      if (over !== undefined && !isPaidFor(parts, one, blocks[i], uses)) break;
      over = undefined;
      runners.push(await start(parts, one, blocks[i], [...before, ...runners.map((runner) => runner.asked)]));
      if (parts.search.racing === undefined) report(parts, runners.at(-1)!, generation, before, runners);
    }
    await raceOn(parts, runners.slice(raced), race);
  }
  const records = runners.map((runner) => toRecord(parts, runner, generation, countBefore(before, runners, runner)));
  if (parts.search.racing !== undefined)
    for (const [i, record] of records.entries()) parts.onCandidate(record, runners[i]!.isFresh);
  return { records, losses: toLosses(parts, runners, race), over };
}

/** Whether a candidate is known already, and what it may meet beyond that fits into the budget. */
function isPaidFor(
  parts: SearchParts,
  { recipeText }: Asked,
  block: ItemBlock | undefined,
  uses: readonly BudgetUse[],
) {
  if (!parts.evaluator.knows(recipeText, "search", block)) return false;
  return block === undefined || hasItemsFor(parts, uses, recipeText);
}

/** Begins what the budget is sure to pay for, if none of the candidates before it fails or was met already. */
function beginGeneration(
  parts: SearchParts,
  asked: readonly Asked[],
  blocks: readonly (ItemBlock | undefined)[],
  before: readonly BudgetUse[],
): void {
  const { evaluator, itemsPerCandidate } = parts;
  const used: BudgetUse[] = [...before];
  for (const [i, { recipeText }] of asked.entries()) {
    if (spentBudget(parts, used) !== undefined) break;
    evaluator.begin([recipeText], "search", { counted: true, block: blocks[i] });
    used.push({ recipeText, evaluation: 1, items: itemsPerCandidate });
  }
}

function report(
  parts: SearchParts,
  runner: Runner,
  generation: number,
  before: readonly CandidateRecord[],
  runners: readonly Runner[],
): void {
  parts.onCandidate(toRecord(parts, runner, generation, countBefore(before, runners, runner)), runner.isFresh);
}

/** Evaluations of the budget before a runner's. */
function countBefore(before: readonly CandidateRecord[], runners: readonly Runner[], runner: Runner): number {
  return (
    countEvaluations(before) + runners.slice(0, runners.indexOf(runner)).filter(({ isRepeat }) => !isRepeat).length
  );
}

/** What a runner may still take from the budget: all items, until it has stopped. */
function claim({ itemsPerCandidate }: SearchParts, runner: Runner): BudgetUse {
  const spent = spentBy(runner);
  return runner.outcome.failure === undefined ? { ...spent, items: itemsPerCandidate } : spent;
}

/** What a runner that has stopped took from the budget. */
function spentBy({ asked, isRepeat, items }: Runner): BudgetUse {
  return { recipeText: asked.recipeText, evaluation: isRepeat ? undefined : 1, items };
}

/** Meets the first block, or all items where there is no racing. */
async function start(
  parts: SearchParts,
  asked: Asked,
  block: ItemBlock | undefined,
  before: readonly { readonly recipeText: string }[],
): Promise<Runner> {
  const { evaluator, log } = parts;
  const outcome = await evaluator.evaluate(asked.recipeText, "search", true, block);
  const isRepeat = before.some(({ recipeText }) => recipeText === asked.recipeText) || !log.counted.has(outcome.recipe);
  const items = countMet(outcome);
  return { asked, isRepeat, firstBlock: block, outcome, blocks: 1, items, isFresh: outcome.fresh };
}

function countMet({ items }: RecipeOutcome): number {
  return [...items.values()].reduce((sum, { length }) => sum + length, 0);
}

/** The first items of a candidate. A recipe that is asked for again begins where it began, so that they are in the store. */
function blockOf(
  { search: { racing } }: SearchParts,
  { recipeText }: Asked,
  generation: number,
  before: readonly CandidateRecord[],
): ItemBlock | undefined {
  if (racing === undefined) return undefined;
  const earlier = before.find((record) => record.recipeText === recipeText);
  return firstBlock(racing, earlier?.generation ?? generation);
}

/** Block after block with those that are neither clearly worse than the leader nor among the worst of the generation. */
async function raceOn(parts: SearchParts, runners: readonly Runner[], race: Race): Promise<void> {
  const { search, evaluator, tasks } = parts;
  const { racing } = search;
  if (racing === undefined) return;
  const { blocks, confidence, keep } = racing;
  let running = runners.filter(({ outcome }) => outcome.score !== undefined);
  for (let index = 1; index < blocks; index++) {
    const leader = race.leader;
    const hopeful = running.filter(
      ({ outcome }) => leader === undefined || !isClearlyWorse(tasks, outcome, leader.values, confidence),
    );
    const byLoss = hopeful.toSorted((a, b) => lossOf(parts, a) - lossOf(parts, b));
    running = byLoss.slice(0, Math.ceil(keep * byLoss.length));
    const blockFor = ({ firstBlock: first }: Runner): ItemBlock => ({ ...first!, index });
    for (const runner of running)
      evaluator.begin([runner.asked.recipeText], "search", { counted: true, block: blockFor(runner) });
    for (const runner of running) {
      runner.outcome = await evaluator.evaluate(runner.asked.recipeText, "search", true, blockFor(runner));
      runner.isFresh ||= runner.outcome.fresh;
      runner.blocks = index + 1;
      runner.items = Math.max(runner.items, countMet(runner.outcome));
    }
    running = running.filter(({ outcome }) => outcome.score !== undefined);
  }
}

function isComplete({ search }: SearchParts, { outcome, blocks }: Runner): boolean {
  return outcome.score !== undefined && blocks === (search.racing?.blocks ?? 1);
}

function lossOf(parts: SearchParts, { outcome: { score } }: Runner): number {
  if (score === undefined) return Number.NaN;
  return toLoss(score.overall, parts.higherIsBetter) + VIOLATION_COST * parts.objectives.violation(score);
}

function toRecord(parts: SearchParts, runner: Runner, generation: number, before: number): CandidateRecord {
  const { asked, outcome, isRepeat } = runner;
  const { score, failure } = outcome;
  return {
    ...{ evaluation: isRepeat ? undefined : before + 1, generation, failure },
    ...{ values: asked.values, recipeText: asked.recipeText },
    score: score?.overall,
    tasks: score?.tasks,
    items: runner.items,
    isComplete: isComplete(parts, runner),
    isAllowed: score === undefined || parts.objectives.violation(score) === 0,
  };
}

/** What the optimiser is told: who stopped earlier is never ranked before who went on. Also finds the new leader. */
function toLosses(parts: SearchParts, runners: readonly Runner[], race: Race): readonly Loss[] {
  const own = runners.map((runner) => lossOf(parts, runner));
  for (const [i, runner] of runners.entries())
    if (isComplete(parts, runner) && (race.leader === undefined || own[i]! < race.leader.loss))
      race.leader = { loss: own[i]!, values: runner.outcome };
  return runners.map(({ outcome, blocks }, i) => {
    if (outcome.score === undefined) return { value: own[i]! };
    const ahead = runners.flatMap((other, k) => (other.blocks > blocks && !Number.isNaN(own[k]!) ? [own[k]!] : []));
    const violation = parts.objectives.violation(outcome.score);
    return { value: Math.max(own[i]!, ...ahead), objectives: parts.objectives.losses(outcome.score), violation };
  });
}

function toLoss(score: Score | undefined, higherIsBetter: boolean): number {
  if (score === undefined) return Number.NaN;
  return higherIsBetter ? -score.value : score.value;
}
