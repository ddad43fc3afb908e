/** Which candidate a search ends with. */

import type { Score } from "../evaluate/score.ts";
import { paretoFront } from "../optim/pareto.ts";
import type { Objectives } from "./objectives.ts";
import type { RecipeEvaluator } from "./recipe-evaluator.ts";
import type { Search } from "./search.ts";
import type { CandidateRecord, ScoredCandidate } from "./search-loop.ts";

/** A candidate of the last round. */
export interface Finalist {
  readonly candidate: ScoredCandidate;
  /** On the items that the search did not use; undefined if it failed there. */
  readonly final: Score | undefined;
  /** Whether the optimiser recommended it. */
  readonly isRecommended: boolean;
}

/** The choice and how it was made. */
export interface FinalChoice {
  readonly best: ScoredCandidate;
  /** Best search score first; empty where the search score decides alone. */
  readonly finalists: readonly Finalist[];
}

/** Among whom is chosen. */
export interface FinalCandidates {
  readonly candidates: readonly CandidateRecord[];
  /** Undefined where the optimiser recommends none. */
  readonly recommendedRecipe: string | undefined;
}

/**
 * Takes the best candidate by search score, or, where the search keeps items back for it, the best of the best few on
 * those items, which none of them was chosen on. What the optimiser recommends is one of these few.
 *
 * Candidates that broke a constraint only count where no other did better; of equal ones the earlier counts.
 */
export async function chooseFinal(
  search: Search,
  { candidates, recommendedRecipe }: FinalCandidates,
  evaluator: RecipeEvaluator,
  higherIsBetter: boolean,
): Promise<FinalChoice | undefined> {
  const ranked = rankCandidates(candidates, higherIsBetter);
  const [first] = ranked;
  if (first === undefined || search.finalists === undefined) return first && { best: first, finalists: [] };
  const finalists: Finalist[] = [];
  const few = bestFew(ranked, search.finalists.candidates, recommendedRecipe);
  evaluator.begin(
    few.map(({ recipeText }) => recipeText),
    "final",
    { counted: true },
  );
  for (const candidate of few) {
    const outcome = await evaluator.evaluate(candidate.recipeText, "final", true);
    const isRecommended = candidate.recipeText === recommendedRecipe;
    finalists.push({ candidate, final: outcome.score?.overall, isRecommended });
  }
  const sign = higherIsBetter ? 1 : -1;
  const best = finalists.reduce<Finalist | undefined>((leader, next) => {
    if (next.final === undefined) return leader;
    return leader === undefined || sign * next.final.value > sign * leader.final!.value ? next : leader;
  }, undefined);
  return { best: best?.candidate ?? first, finalists };
}

/** The recommended one takes the last place, if it is not among them and breaks no constraint. */
function bestFew(
  ranked: readonly ScoredCandidate[],
  count: number,
  recommendedRecipe: string | undefined,
): readonly ScoredCandidate[] {
  const few = ranked.slice(0, count);
  const recommended = ranked.find(({ recipeText }) => recipeText === recommendedRecipe);
  if (recommended === undefined || few.includes(recommended) || !recommended.isAllowed) return few;
  return [...few.slice(0, -1), recommended];
}

/** The candidate with the best search score; the earliest of several. */
export function bestOf(candidates: readonly CandidateRecord[], higherIsBetter: boolean): ScoredCandidate | undefined {
  return rankCandidates(candidates, higherIsBetter)[0];
}

/** Best first, each recipe once; only those that met all items. */
function rankCandidates(candidates: readonly CandidateRecord[], higherIsBetter: boolean): readonly ScoredCandidate[] {
  const sign = higherIsBetter ? -1 : 1;
  const distinct = [...new Map(candidates.toReversed().map((one) => [one.recipeText, one])).values()].toReversed();
  return distinct
    .flatMap(({ score, ...rest }) => (score === undefined || !rest.isComplete ? [] : [{ ...rest, score }]))
    .sort((a, b) => Number(b.isAllowed) - Number(a.isAllowed) || sign * (a.score.value - b.score.value));
}

/** Returns the candidates that no other one beats in all objectives, the first objective's best first; of equal ones one. */
export function frontOf(candidates: readonly CandidateRecord[], objectives: Objectives): readonly ScoredCandidate[] {
  const complete = rankCandidates(candidates, true).filter(({ isAllowed, tasks }) => isAllowed && tasks !== undefined);
  const losses = complete.map(({ score, tasks }) => objectives.losses({ overall: score, tasks: tasks! }));
  const first = new Map(losses.map((row, i) => [row.join(" "), i] as const).toReversed());
  return paretoFront(losses)
    .filter((i) => first.get(losses[i]!.join(" ")) === i)
    .sort((a, b) => losses[a]![0]! - losses[b]![0]!)
    .map((i) => complete[i]!);
}
