import type { ContinuationScore } from "../model/language-model.ts";
import { engineErrors } from "./errors.ts";
import type { KvCache } from "./kv-cache.ts";
import { padBatch } from "./padded-batch.ts";
import type { ScoreHead } from "./score-head.ts";
import { batchRows, planScoreRows } from "./score-rows.ts";
import type { TokenPair } from "./token-reader.ts";
import type { Trunk } from "./trunk.ts";

/** What scoring needs. */
export interface Scorer {
  readonly trunk: Trunk;
  readonly head: ScoreHead;
  readonly cache: KvCache;
  readonly contextLength: number;
  /** Most tokens that are read at a time, padding counted. */
  readonly promptTokens: number;
  /** Stands in errors. */
  readonly modelName: string;
}

/**
 * Scores continuations. Only positions that predict a token of a continuation go through the head.
 *
 * @param pairs - contexts have at least one id.
 * @param signal - looked at between batches.
 * @throws engine/empty_continuation, engine/continuation_too_long, engine/not_finite, engine/run_failed,
 * engine/out_of_memory, and the signal's reason
 */
export async function scoreAll(
  scorer: Scorer,
  pairs: readonly TokenPair[],
  signal?: AbortSignal,
): Promise<readonly ContinuationScore[]> {
  const plan = planScoreRows(pairs, scorer.contextLength);
  const logprobs = new Float64Array(pairs.length);
  const greedy = pairs.map(() => true);
  for (const rows of batchRows(plan.rows, scorer.promptTokens)) {
    signal?.throwIfAborted();
    const { trunk, head, cache } = scorer;
    cache.layOut(rows.length, rows[0]!.ids.length);
    const wanted = rows.map(({ targets }) => targets.map(({ position }) => position));
    const batch = padBatch(
      rows.map(({ ids }) => ids),
      0,
      wanted,
    );
    const targets = rows.flatMap((row) => row.targets);
    const hidden = await trunk.rows(batch);
    const scores = await head.score(
      hidden,
      targets.map(({ token }) => token),
    );
    for (const [i, { request }] of targets.entries()) {
      const { logprob, isBest } = scores[i]!;
      if (Number.isNaN(logprob)) throw engineErrors.not_finite({ model: scorer.modelName, request });
      logprobs[request]! += logprob;
      greedy[request] &&= isBest;
    }
  }
  return plan.pairs.map((pair, request) => ({ logprob: logprobs[request]!, greedy: greedy[request]!, ...pair }));
}
