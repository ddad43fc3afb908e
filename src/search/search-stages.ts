/** Searches in stages: parameters, and then, where a search asks for it, layer orders through the best merge. */

import type { LayerFacts } from "./candidate-space.ts";
import { bestOf } from "./final-choice.ts";
import { nextSearch, nextSpace } from "./next-stage.ts";
import { keptForFinal, meetRecommended } from "./recommended-candidate.ts";
import type { Search } from "./search.ts";
import {
  type CandidateRecord,
  runSearch,
  type ScoredCandidate,
  type SearchHistory,
  type SearchParts,
} from "./search-loop.ts";
import { countItems } from "./spent-budget.ts";

/** What a search of one or two stages works with; `space` is the first stage's. */
export interface StageParts extends SearchParts {
  /** Layers of the models. */
  readonly layers: number;
  readonly layerFacts: LayerFacts | undefined;
  /** Points of the second stage, which it meets after the best merge as it is. */
  readonly nextStarts: readonly (readonly number[])[];
}

/** A search that has ended. */
export interface StagedHistory extends SearchHistory {
  /** The first stage's best; undefined where there was one stage, or nothing that the second one could use. */
  readonly merge: ScoredCandidate | undefined;
  /** The first candidate of the second stage; as many as there are where it has none. */
  readonly secondStage: number;
  /** Recipe of what the optimiser recommends, if that was scored too. */
  readonly recommendedRecipe: string | undefined;
}

/** Runs the stages of a search. Generations and places in the budget are counted on from the first to the second. */
export async function runStages({ layers, layerFacts, nextStarts, ...parts }: StageParts): Promise<StagedHistory> {
  const { search, log, higherIsBetter } = parts;
  if (search.next === undefined) return oneStage(await runWhole(parts));
  const first = await runSearch({ ...parts, search: firstSearch(search) });
  const merge = bestOf(first.candidates, higherIsBetter);
  if (merge === undefined) return oneStage({ ...first, recommendedRecipe: undefined });
  const used = first.candidates.filter(({ evaluation }) => evaluation !== undefined);
  const start = first.candidates.at(-1)!.generation + 1;
  const countOn = (record: CandidateRecord): CandidateRecord => ({
    ...record,
    generation: start + record.generation,
    evaluation: record.evaluation === undefined ? undefined : used.length + record.evaluation,
  });
  const items = countItems(first.candidates);
  const { starts: _, ...shared } = parts;
  const space = nextSpace(search, merge.recipeText, layers, layerFacts);
  const second = await runWhole({
    ...{ ...shared, space },
    ...(nextStarts.length === 0 ? {} : { starts: [space.variables.map(({ start }) => start), ...nextStarts] }),
    search: lessBudget(nextSearch(search, search.next), used.length, items),
    log: log.stage(1),
    onCandidate: (record, fresh) => parts.onCandidate(countOn(record), fresh),
  });
  return {
    candidates: [...first.candidates, ...second.candidates.map(countOn)],
    ...{ stoppedBy: second.stoppedBy, recommended: second.recommended, recommendedRecipe: second.recommendedRecipe },
    merge,
    secondStage: first.candidates.length,
  };
}

type WholeHistory = SearchHistory & Pick<StagedHistory, "recommendedRecipe">;

/** Searches, and then scores what the optimiser recommends. */
async function runWhole(parts: SearchParts): Promise<WholeHistory> {
  const kept = keptForFinal(parts.search, parts.itemsPerCandidate);
  const history = await runSearch({ ...parts, kept });
  const record = await meetRecommended(parts, history);
  if (record === undefined) return { ...history, recommendedRecipe: undefined };
  return { ...history, candidates: [...history.candidates, record], recommendedRecipe: record.recipeText };
}

function oneStage(history: WholeHistory): StagedHistory {
  return { ...history, merge: undefined, secondStage: history.candidates.length };
}

/** The first stage alone, with its share of the budget. The final choice comes after the second one. */
function firstSearch({ next, evaluations, limits, ...search }: Search): Search {
  const share = 1 - next!.share;
  const part = (limit: number | undefined): number | undefined => (limit === undefined ? undefined : share * limit);
  return {
    ...search,
    finalists: undefined,
    evaluations: Math.max(1, Math.floor(share * evaluations)),
    limits: { itemEvaluations: part(limits.itemEvaluations), seconds: part(limits.seconds) },
  };
}

/** Seconds are counted over both stages. */
function lessBudget(search: Search, evaluations: number, items: number): Search {
  const { itemEvaluations, seconds } = search.limits;
  return {
    ...search,
    evaluations: search.evaluations - evaluations,
    limits: { itemEvaluations: itemEvaluations === undefined ? undefined : itemEvaluations - items, seconds },
  };
}
