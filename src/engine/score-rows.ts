/** Which inputs have to run to score a list of pairs, and what to look up in them. */

import { engineErrors } from "./errors.ts";
import type { TokenPair } from "./token-reader.ts";

/** A token whose probability is wanted. */
export interface Target {
  readonly request: number;
  /** Index into the row's ids: the position that predicts the token. */
  readonly position: number;
  readonly token: number;
}

/** An input of the model, shared by all pairs that differ in their last token only. */
export interface ScoreRow {
  /** At least one. */
  readonly ids: readonly number[];
  readonly targets: readonly Target[];
}

/** What is known of a pair before it runs. */
export interface ScoredPair {
  readonly tokens: number;
  readonly truncated: boolean;
}

/**
 * Turns pairs into rows. A pair that is too long loses tokens on its left, as lm-evaluation-harness cuts it: the model
 * reads all but the last token.
 *
 * @param pairs - contexts have at least one id.
 * @param longestText - instead of `contextLength`, of pairs that may stretch.
 * @throws engine/empty_continuation, engine/continuation_too_long
 */
export function planScoreRows(
  pairs: readonly TokenPair[],
  contextLength: number,
  longestText: number = contextLength,
): { readonly rows: readonly ScoreRow[]; readonly pairs: readonly ScoredPair[] } {
  const rows = new Map<string, { readonly ids: readonly number[]; readonly targets: Target[] }>();
  const scored = pairs.map(({ context, continuation, stretches }, request) => {
    const most = stretches ? longestText : contextLength;
    const tokens = continuation.length;
    if (tokens === 0) throw engineErrors.empty_continuation({ request });
    if (tokens > most) throw engineErrors.continuation_too_long({ request, tokens, context: most });
    const whole = [...context, ...continuation];
    const kept = whole.slice(-(most + 1));
    const ids = kept.slice(0, -1);
    const key = ids.join(" ");
    const row = rows.get(key) ?? { ids, targets: [] };
    rows.set(key, row);
    for (const [i, token] of continuation.entries())
      row.targets.push({ request, position: ids.length - tokens + i, token });
    return { tokens, truncated: kept.length < whole.length };
  });
  return { rows: [...rows.values()], pairs: scored };
}

/**
 * Cuts rows into batches of at most `maxTokens` with their padding, the longest rows first; a longer row is a batch of
 * its own.
 */
export function batchRows(rows: readonly ScoreRow[], maxTokens: number): readonly (readonly ScoreRow[])[] {
  const sorted = rows.toSorted((a, b) => b.ids.length - a.ids.length);
  const batches: ScoreRow[][] = [];
  for (let start = 0; start < sorted.length; ) {
    const count = Math.max(1, Math.floor(maxTokens / sorted[start]!.ids.length));
    batches.push(sorted.slice(start, start + count));
    start += count;
  }
  return batches;
}
