/** The candidate that an optimiser would bet on, which takes part in the final choice whatever others scored. */

import { OPTIMISERS } from "../optim/index.ts";
import { askGeneration } from "./ask-generation.ts";
import type { Search } from "./search.ts";
import {
  type CandidateRecord,
  createRace,
  meetGeneration,
  type SearchHistory,
  type SearchParts,
} from "./search-loop.ts";
import type { KeptBudget } from "./spent-budget.ts";

/**
 * What a search keeps of its budget: items of the final choice, and a candidate where the optimiser recommends one and
 * the budget has room for another beside it.
 */
export function keptForFinal(search: Search, itemsPerCandidate: number): KeptBudget {
  const items = itemsOfFinal(search);
  const { evaluations, finalists, limits, optimiser } = search;
  const hasRoom =
    evaluations > 1 && items + 2 * itemsPerCandidate <= (limits.itemEvaluations ?? Number.POSITIVE_INFINITY);
  if (finalists === undefined || !hasRoom || OPTIMISERS[optimiser.name]!.recommend === undefined)
    return { evaluations: 0, items };
  return { evaluations: 1, items: items + itemsPerCandidate };
}

function itemsOfFinal({ finalists, tasks }: Search): number {
  return finalists === undefined ? 0 : finalists.candidates * finalists.items * tasks.length;
}

/**
 * Scores what the optimiser recommends on all search items, if the search has a final choice and time is left: under
 * noise the best candidate seen was also lucky.
 *
 * @returns undefined where nothing is recommended.
 */
export async function meetRecommended(
  parts: SearchParts,
  { candidates, recommended }: SearchHistory,
): Promise<CandidateRecord | undefined> {
  const { search } = parts;
  const last = candidates.at(-1);
  if (search.finalists === undefined || recommended === undefined || last === undefined) return undefined;
  // Nobody stops a race of one.
  const racing = search.racing && { ...search.racing, keep: 1, confidence: 1 };
  const own: SearchParts = {
    ...parts,
    search: { ...search, racing },
    kept: { evaluations: 0, items: itemsOfFinal(search) },
  };
  const generation = last.generation + 1;
  const asked = askGeneration(own, generation, () => [{ id: -1, values: recommended }]);
  const { records } = await meetGeneration(own, generation, asked, { candidates, race: createRace() });
  return records[0];
}
