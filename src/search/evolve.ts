/** Evolves a merge: scores the parents, searches, and scores the best child on items that the search never saw. */

import type { Json } from "../base/canonical-json.ts";
import type { CodedError } from "../base/errors.ts";
import type { Score } from "../evaluate/score.ts";
import { candidateSpace, type LayerFacts } from "./candidate-space.ts";
import { searchErrors } from "./errors.ts";
import type { EventStore } from "./event-store.ts";
import { type EvolveOutcome, type FrontMember, type ScoredModel, toOutcome } from "./evolve-outcome.ts";
import { bestOf, chooseFinal, frontOf } from "./final-choice.ts";
import { objectivesOf } from "./objectives.ts";
import { parentRecipe, plainRecipe } from "./parameter-space.ts";
import { lastBlocks } from "./racing.ts";
import { createRecipeEvaluator, type RecipeEvaluator, type RecipeOutcome } from "./recipe-evaluator.ts";
import { evaluationKey, openRunLog, type RunLog } from "./run-log.ts";
import { assertSameSettings, runSettings } from "./run-settings.ts";
import type { Search } from "./search.ts";
import { type CandidateRecord, countedEvaluations, type SearchHistory, type SearchParts } from "./search-loop.ts";
import { runStages } from "./search-stages.ts";
import type { EvaluateRecipe, ItemBlock, ScoredTask, SearchSplit } from "./task-evaluation.ts";
import { assertMergeable } from "./unmergeable.ts";

/** Everything a run needs; nothing comes from anywhere else. */
export interface EvolveRun {
  readonly search: Search;
  /** As `checkSearchFacts` returns them. */
  readonly tasks: readonly ScoredTask[];
  /** Layers of the models. */
  readonly layers: number;
  /** For searches of layer orders. */
  readonly layerFacts?: LayerFacts;
  /** Points to begin with. @default where the ranges start */
  readonly starts?: readonly (readonly number[])[];
  /** Points of a second stage, which it meets after its best merge as it is. @default none */
  readonly nextStarts?: readonly (readonly number[])[];
  /** Whatever else decides the results, such as the identities of models and tasks; a resumed run must have the same. */
  readonly inputs: { readonly [name: string]: Json };
  /** Further inputs, which runs of earlier versions did not note: compared where the log has them. @default none */
  readonly laterInputs?: { readonly [name: string]: Json };
  readonly store: EventStore;
  readonly evaluateRecipe: EvaluateRecipe;
  /**
   * Whether `evaluateRecipe` may be called again before it has answered, as where others do the work. The result is the
   * same; the order of evaluations in the log is not. @default false
   */
  readonly isSpread?: boolean;
  readonly onProgress?: (progress: EvolveProgress) => void;
  /** Ends the run between or inside evaluations with the signal's reason; it can be resumed. */
  readonly signal: AbortSignal;
  /** Milliseconds on any clock that does not go back. */
  readonly now: () => number;
}

/** One step that was done now, not in an earlier sitting. */
export type EvolveProgress =
  | {
      readonly kind: "model";
      readonly role: "parent" | "plain" | "best" | "front";
      readonly name: string;
      readonly split: SearchSplit;
      readonly score: Score | undefined;
      readonly failure: string | undefined;
      readonly seconds: number;
    }
  | {
      readonly kind: "candidate";
      readonly candidate: CandidateRecord;
      /** Best search score so far. */
      readonly best: Score | undefined;
      /** Evaluations of the budget used so far, and all of them. */
      readonly evaluations: number;
      readonly budget: number;
      readonly seconds: number;
    };

/**
 * Runs a search to its end, or goes on with one that was interrupted.
 *
 * Every step is stored when it is done and is taken from the store when it is met again, so a run that was killed and
 * resumed, at whatever moment and however often, ends with the same result as one that was not. Only `seconds`, the time
 * spent working, differs.
 *
 * @throws search/settings_changed, search/every_candidate_failed, search/unreadable_log, search/no_budget, whatever
 *   evaluating a parent or the best child throws, and the signal's reason.
 */
export async function evolve(run: EvolveRun): Promise<EvolveOutcome> {
  const { search, tasks, store, signal } = run;
  if (!Number.isInteger(search.evaluations) || search.evaluations < 1)
    throw searchErrors.no_budget({ evaluations: search.evaluations });
  const log = openSettledLog(run);
  const elapsed = stopwatch(log.seconds, run.now);
  const evaluateRecipe: EvaluateRecipe = async (recipeText, ...rest) => {
    assertMergeable(recipeText);
    return run.evaluateRecipe(recipeText, ...rest);
  };
  const { isSpread = false } = run;
  await using evaluator = createRecipeEvaluator({ store, log, tasks, evaluateRecipe, isSpread, signal, elapsed });
  const scorer = { run, evaluator, elapsed };
  beginModels(scorer, "parent", search.parents.map(parentRecipe));
  beginModels(
    scorer,
    "plain",
    search.compare.map((merge) => plainRecipe(merge, search.dtype)),
  );

  const parents: ScoredModel[] = [];
  for (const parent of search.parents)
    parents.push(await scoreModel(scorer, { role: "parent", name: parent.name, recipeText: parentRecipe(parent) }));
  const plain: ScoredModel[] = [];
  for (const merge of search.compare)
    plain.push(
      await scoreModel(scorer, { role: "plain", name: merge.name, recipeText: plainRecipe(merge, search.dtype) }),
    );

  const { higherIsBetter } = tasks[0]!;
  const onCandidate = candidateReporter(scorer, log, higherIsBetter);
  const space = candidateSpace(search, run.layers, run.layerFacts);
  const objectives = objectivesOf(
    tasks,
    parents.map(({ search: outcome }) => outcome.score!),
  );
  const itemsPerCandidate = log.evaluations.get(evaluationKey(parents[0]!.search.recipe, "search"))!.items;
  const history = await runStages({
    ...{ search, space, higherIsBetter, objectives, itemsPerCandidate, tasks, log, evaluator, elapsed, onCandidate },
    ...{ layers: run.layers, layerFacts: run.layerFacts },
    ...(run.starts === undefined ? {} : { starts: run.starts }),
    nextStarts: run.nextStarts ?? [],
  });
  const choice = await chooseFinal(search, history, evaluator, higherIsBetter);
  if (choice === undefined) throw everyCandidateFailed(history);
  const { recipeText } = choice.best;
  const members = objectives.names.length > 1 ? frontOf(history.candidates, objectives).slice(0, MOST_ON_FRONT) : [];
  beginModels(scorer, "best", [recipeText, ...members.map((member) => member.recipeText)]);
  const child = await scoreModel(scorer, { role: "best", name: "child", recipeText });
  const front: FrontMember[] = [];
  for (const member of members) {
    const name = `front ${front.length + 1}`;
    front.push({
      candidate: member,
      model: await scoreModel(scorer, { role: "front", name, recipeText: member.recipeText }),
    });
  }
  if (log.finished === undefined) log.append("finished", { at: elapsed(), stoppedBy: [...history.stoppedBy] });
  return toOutcome({ search, tasks, log, parents, plain, history, ...choice, child, objectives, front });
}

/** Members of a front that are scored on the holdout items. */
const MOST_ON_FRONT = 8;

function openSettledLog({ search, tasks, inputs, laterInputs = {}, store }: EvolveRun): RunLog {
  const log = openRunLog(store);
  const noted = log.settings?.["inputs"];
  const later = Object.entries(laterInputs).filter(([name]) => noted === undefined || name in (noted as object));
  const settings = runSettings(search, tasks, { ...inputs, ...Object.fromEntries(later) });
  if (log.settings === undefined) log.append("started", { settings });
  else assertSameSettings(log.settings, settings);
  return log;
}

/** Counts on from the seconds of earlier sittings. */
function stopwatch(before: number, now: () => number): () => number {
  const start = now();
  return () => before + (now() - start) / 1000;
}

interface Scorer {
  readonly run: EvolveRun;
  readonly evaluator: RecipeEvaluator;
  readonly elapsed: () => number;
}

interface ModelToScore {
  readonly role: "parent" | "plain" | "best" | "front";
  readonly name: string;
  readonly recipeText: string;
}

/** Begins what `scoreModel` will ask for, where several evaluations may be under way at a time. */
function beginModels(scorer: Scorer, role: ModelToScore["role"], recipeTexts: readonly string[]): void {
  const how = { isRequired: role !== "plain", counted: false };
  const fresh = recipeTexts.filter((text) => scoredBlock(scorer, text) === undefined);
  scorer.evaluator.begin(fresh, "search", how);
  scorer.evaluator.begin(recipeTexts, "holdout", how);
}

/** The last block of a recipe that was scored in blocks, and need not be scored again. */
function scoredBlock({ run, evaluator }: Scorer, recipeText: string): ItemBlock | undefined {
  const { racing } = run.search;
  return racing && lastBlocks(racing).find((block) => evaluator.knows(recipeText, "search", block));
}

/** Scores a model on both splits. Only plain merges may fail: without parents and child there is no result. */
async function scoreModel(scorer: Scorer, model: ModelToScore): Promise<ScoredModel> {
  const { name, role, recipeText } = model;
  const isRequired = role !== "plain";
  const onSplit = async (split: SearchSplit): Promise<RecipeOutcome> => {
    const last = split === "search" ? scoredBlock(scorer, recipeText) : undefined;
    if (last !== undefined) return scorer.evaluator.evaluate(recipeText, split, true, last);
    const outcome = isRequired
      ? await scorer.evaluator.require(recipeText, split)
      : await scorer.evaluator.evaluate(recipeText, split, false);
    const { failure } = outcome;
    if (isRequired && failure !== undefined) throw searchErrors.not_scored({ model: name, split, reason: failure });
    const score = outcome.score?.overall;
    if (outcome.fresh)
      scorer.run.onProgress?.({ kind: "model", role, name, split, score, failure, seconds: scorer.elapsed() });
    return outcome;
  };
  return { name, recipeText, search: await onSplit("search"), holdout: await onSplit("holdout") };
}

function candidateReporter({ run, elapsed }: Scorer, log: RunLog, higherIsBetter: boolean): SearchParts["onCandidate"] {
  const seen: CandidateRecord[] = [];
  return (candidate, fresh) => {
    seen.push(candidate);
    if (!fresh) return;
    run.onProgress?.({
      kind: "candidate",
      candidate,
      best: bestOf(seen, higherIsBetter)?.score,
      evaluations: countedEvaluations(log),
      budget: run.search.evaluations,
      seconds: elapsed(),
    });
  };
}

/** A recipe that was asked for again counts once, and so do reasons that differ in their numbers alone. */
function everyCandidateFailed({ candidates }: SearchHistory): CodedError {
  const reasons = new Map(candidates.map(({ recipeText, failure }) => [recipeText, failure ?? "it was not scored"]));
  const [reason = "none was asked for"] = reasons.values();
  const kinds = new Set([...reasons.values()].map((text) => text.replace(/\d+/g, "#")));
  return searchErrors.every_candidate_failed({ candidates: reasons.size, reasons: kinds.size, reason });
}
