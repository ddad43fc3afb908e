/** What a run found, and its form in result.json. */

import type { Json } from "../base/canonical-json.ts";
import { scoreToJson } from "../evaluate/results.ts";
import type { Score } from "../evaluate/score.ts";
import type { StopReason } from "../optim/optimiser.ts";
import { type DrawScores, drawScores, drawsToJson } from "./draws.ts";
import type { Finalist } from "./final-choice.ts";
import { chosenMethods } from "./method-space.ts";
import { compareModels, type ModelComparison } from "./model-comparison.ts";
import type { Objectives } from "./objectives.ts";
import { type GroupValues, groupValues } from "./parameter-space.ts";
import type { RecipeOutcome } from "./recipe-evaluator.ts";
import type { RunLog } from "./run-log.ts";
import type { Search } from "./search.ts";
import { type CandidateRecord, countedEvaluations, type ScoredCandidate } from "./search-loop.ts";
import type { StagedHistory } from "./search-stages.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** A model's outcomes on both splits. */
export interface ScoredModel {
  readonly name: string;
  readonly recipeText: string;
  readonly search: RecipeOutcome;
  readonly holdout: RecipeOutcome;
}

/** A model's scores; undefined where a plain merge failed. */
export interface ModelScores {
  readonly name: string;
  readonly recipeText: string;
  readonly search: Score | undefined;
  readonly holdout: Score | undefined;
  readonly failure: string | undefined;
}

/** The result of a run. */
export interface EvolveOutcome {
  readonly tasks: readonly ScoredTask[];
  readonly parents: readonly ModelScores[];
  readonly plain: readonly ModelScores[];
  readonly best: {
    /** Place in the budget of the evaluation that found it, from 1; undefined if it had been a plain merge before. */
    readonly evaluation: number | undefined;
    readonly recipeText: string;
    readonly values: readonly GroupValues[];
    /** Of each layer group, where the search chose methods; else none. */
    readonly methods: readonly string[];
    readonly search: Score;
    readonly holdout: Score;
  };
  /** Name of the parent with the best holdout score. */
  readonly bestParent: string;
  /** Child against that parent, on the holdout items. */
  readonly comparison: ModelComparison;
  /** Who was compared on the items kept back for the final choice, best search score first. */
  readonly finalists: readonly FinalistScores[];
  /** With several objectives: candidates that no other one beats in all. */
  readonly front: readonly FrontPoint[];
  /** Where candidates are drawn without regard to each other. */
  readonly draws: DrawScores | undefined;
  readonly candidates: readonly CandidateRecord[];
  readonly stoppedBy: readonly StopReason[];
  /** Evaluations that came from the budget, and items scored in them. */
  readonly evaluations: number;
  readonly itemEvaluations: number;
  readonly failedEvaluations: number;
  /** Time spent working, over all sittings. */
  readonly seconds: number;
  readonly seed: number;
}

/** What an outcome is made of. */
export interface OutcomeParts {
  readonly search: Search;
  readonly tasks: readonly ScoredTask[];
  readonly log: RunLog;
  readonly parents: readonly ScoredModel[];
  readonly plain: readonly ScoredModel[];
  readonly history: StagedHistory;
  readonly best: ScoredCandidate;
  readonly child: ScoredModel;
  readonly finalists: readonly Finalist[];
  readonly objectives: Objectives;
  readonly front: readonly FrontMember[];
}

/** A candidate that no other one beats in all objectives. */
export interface FrontMember {
  readonly candidate: ScoredCandidate;
  readonly model: ScoredModel;
}

/** Its values by objective, on both splits. */
export interface FrontPoint {
  readonly evaluation: number | undefined;
  readonly recipeText: string;
  readonly search: Readonly<Record<string, number>>;
  readonly holdout: Readonly<Record<string, number>>;
}

/** How a finalist did. */
export interface FinalistScores {
  readonly evaluation: number | undefined;
  readonly search: Score;
  readonly final: Score | undefined;
  /** Whether the optimiser recommended it. */
  readonly isRecommended: boolean;
}

/** Puts a result together. */
export function toOutcome(parts: OutcomeParts): EvolveOutcome {
  const { search, tasks, log, parents, plain, history, best, child, finalists } = parts;
  const { higherIsBetter } = tasks[0]!;
  const bestParent = parents.reduce((champion, parent) =>
    isAhead(parent, champion, higherIsBetter) ? parent : champion,
  );
  const counted = [...log.evaluations.values()].filter((evaluation) => evaluation.counted);
  return {
    tasks,
    parents: parents.map(toScores),
    plain: plain.map(toScores),
    best: {
      evaluation: history.candidates.find(({ recipeText }) => recipeText === best.recipeText)!.evaluation,
      recipeText: best.recipeText,
      values: groupValues(search, mergeOf(best, history).values),
      methods: chosenMethods(search, mergeOf(best, history).values),
      search: child.search.score!.overall,
      holdout: child.holdout.score!.overall,
    },
    bestParent: bestParent.name,
    comparison: compareModels(tasks, child.holdout.values, bestParent.holdout.values),
    finalists: finalists.map(({ candidate: { evaluation, score }, ...rest }) => ({
      ...{ evaluation, search: score },
      ...rest,
    })),
    front: parts.front.map((member) => toFrontPoint(member, parts)),
    draws: drawScores(search, history.candidates),
    candidates: history.candidates,
    stoppedBy: history.stoppedBy,
    evaluations: countedEvaluations(log),
    itemEvaluations: counted.reduce((sum, { items }) => sum + items, 0),
    failedEvaluations: counted.filter(({ failure, split }) => failure !== null && split === "search").length,
    seconds: log.finished?.at ?? log.seconds,
    seed: search.seed,
  };
}

/** An order of layers through the first stage's merge is described by that merge's values. */
function mergeOf(best: ScoredCandidate, { candidates, secondStage, merge }: StagedHistory): ScoredCandidate {
  const isFirst = candidates.slice(0, secondStage).some(({ recipeText }) => recipeText === best.recipeText);
  return isFirst ? best : (merge ?? best);
}

function toFrontPoint({ candidate, model }: FrontMember, { objectives, tasks }: OutcomeParts): FrontPoint {
  const sign = tasks[0]!.higherIsBetter ? -1 : 1;
  const named = ({ score }: RecipeOutcome): Readonly<Record<string, number>> =>
    Object.fromEntries(objectives.losses(score!).map((loss, i) => [objectives.names[i]!, sign * loss]));
  const { evaluation, recipeText } = candidate;
  return { evaluation, recipeText, search: named(model.search), holdout: named(model.holdout) };
}

function isAhead(one: ScoredModel, other: ScoredModel, higherIsBetter: boolean): boolean {
  const [a, b] = [one.holdout.score!.overall.value, other.holdout.score!.overall.value];
  return higherIsBetter ? a > b : a < b;
}

function toScores({ name, recipeText, search, holdout }: ScoredModel): ModelScores {
  const failure = search.failure ?? holdout.failure;
  return { name, recipeText, search: search.score?.overall, holdout: holdout.score?.overall, failure };
}

/** Returns the content of result.json; keys may be added, never renamed. */
export function toResultJson(outcome: EvolveOutcome): { readonly [key: string]: Json } {
  const { best, comparison } = outcome;
  const model = ({ name, search, holdout, failure }: ModelScores): Json => ({
    name,
    search: toJson(search),
    holdout: toJson(holdout),
    ...(failure === undefined ? {} : { failure }),
  });
  return {
    tasks: outcome.tasks.map(({ name, metric }) => ({ name, metric })),
    parents: outcome.parents.map(model),
    plain: outcome.plain.map(model),
    best: {
      search: toJson(best.search),
      holdout: toJson(best.holdout),
      evaluation: best.evaluation ?? null,
      values: best.values.map(({ parameter, model: owner, values }) => ({ parameter, model: owner ?? null, values })),
      ...(best.methods.length === 0 ? {} : { methods: best.methods }),
      recipe: best.recipeText,
    },
    best_parent: outcome.bestParent,
    comparison: {
      difference: toJson(comparison.difference),
      only_child_right: comparison.firstHigher,
      only_parent_right: comparison.secondHigher,
      equal: comparison.equal,
      p_value: comparison.pValue,
      test: comparison.test,
    },
    ...(outcome.finalists.length === 0
      ? {}
      : {
          finalists: outcome.finalists.map(({ evaluation, search, final, isRecommended }) => ({
            evaluation: evaluation ?? null,
            search: toJson(search),
            final: toJson(final),
            ...(isRecommended ? { recommended: true } : {}),
          })),
        }),
    ...(outcome.front.length === 0
      ? {}
      : {
          front: outcome.front.map(({ evaluation, search, holdout, recipeText }) => ({
            evaluation: evaluation ?? null,
            search,
            holdout,
            recipe: recipeText,
          })),
        }),
    ...(outcome.draws === undefined ? {} : { draws: drawsToJson(outcome.draws) }),
    optimism: best.search.value - best.holdout.value,
    evaluations: outcome.evaluations,
    failed_evaluations: outcome.failedEvaluations,
    item_evaluations: outcome.itemEvaluations,
    stopped_by: outcome.stoppedBy.map(({ name, detail }) => ({ name, detail })),
    seconds: Math.round(outcome.seconds * 10) / 10,
    seed: outcome.seed,
  };
}

function toJson(score: Score | undefined): Json {
  return score === undefined ? null : { ...scoreToJson(score) };
}
