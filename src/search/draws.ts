/** What the candidates of a search say about chance, where each is drawn without regard to the others. */

import type { Json } from "../base/canonical-json.ts";
import { OPTIMISERS } from "../optim/index.ts";
import type { Search } from "./search.ts";
import type { CandidateRecord } from "./search-loop.ts";

/** Search scores of independent draws; the best of them is the luckiest, too. */
export interface DrawScores {
  /** Draws that were scored, at least two. */
  readonly scored: number;
  readonly failed: number;
  readonly mean: number;
  /** Of the draws, not of their mean. */
  readonly deviation: number;
}

/**
 * Adds the draws up; what the search begins with is none. Undefined where the optimiser learns, where some stopped early or
 * met other stages, and for less than two.
 */
export function drawScores(search: Search, candidates: readonly CandidateRecord[]): DrawScores | undefined {
  const isDrawn = OPTIMISERS[search.optimiser.name]?.isIndependent === true;
  if (!isDrawn || search.racing !== undefined || search.next !== undefined) return undefined;
  const draws = candidates.filter(({ generation }) => generation > 0);
  const values = draws.flatMap(({ score }) => (score === undefined ? [] : [score.value]));
  const scored = values.length;
  if (scored < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / scored;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { scored, failed: draws.length - scored, mean, deviation: Math.sqrt(squares / (scored - 1)) };
}

/** The draws' part of result.json. */
export function drawsToJson({ scored, failed, mean, deviation }: DrawScores): Json {
  return { scored, failed, mean, standard_deviation: deviation };
}
