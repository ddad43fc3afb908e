import type { ContinuationScore } from "../model/language-model.ts";
import { engineErrors } from "./errors.ts";
import type { KvCache } from "./kv-cache.ts";
import { padBatch } from "./padded-batch.ts";
import type { ScoreHead, TokenScore } from "./score-head.ts";
import { planReadings, type RowReading } from "./score-readings.ts";
import { planScoreRows, type Target } from "./score-rows.ts";
import type { TokenPair } from "./token-reader.ts";
import type { Trunk } from "./trunk.ts";

/** What scoring needs. */
export interface Scorer {
  readonly trunk: Trunk;
  readonly head: ScoreHead;
  readonly cache: KvCache;
  readonly contextLength: number;
  /** Of pairs that may stretch. */
  readonly longestText: number;
  /** Most tokens that are read at a time, padding counted. */
  readonly promptTokens: number;
  /** Longest row that may be read in parts. */
  readonly dividableTokens: number;
  /** As `planPrefixes` takes it. */
  readonly runTokens?: number;
  /** Stands in errors. */
  readonly modelName: string;
}

/**
 * Scores continuations. Only positions that predict a token of a continuation go through the head, and
 * what contexts have in common at their beginnings is read once.
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
  const plan = planScoreRows(pairs, scorer.contextLength, scorer.longestText);
  const logprobs = new Float64Array(pairs.length);
  const greedy = pairs.map(() => true);
  for (const reading of planReadings(plan.rows, scorer)) {
    signal?.throwIfAborted();
    const { targets, scores } = await read(scorer, reading);
    for (const [i, { request }] of targets.entries()) {
      const { logprob, isBest } = scores[i]!;
      if (Number.isNaN(logprob)) throw engineErrors.not_finite({ model: scorer.modelName, request });
      logprobs[request]! += logprob;
      greedy[request] &&= isBest;
    }
  }
  return plan.pairs.map((pair, request) => ({ logprob: logprobs[request]!, greedy: greedy[request]!, ...pair }));
}

interface Read {
  readonly targets: readonly Target[];
  /** Of each target. */
  readonly scores: readonly TokenScore[];
}

async function read({ trunk, head, cache }: Scorer, reading: RowReading): Promise<Read> {
  if (reading.layOut !== undefined) cache.layOut(reading.layOut.slots, reading.layOut.positions);
  const { pieces, start, before, isEnd } = reading;
  const wanted = pieces.map(({ targets }) => targets.map(({ position }) => position - start));
  const batch = padBatch(
    pieces.map(({ ids }) => ids),
    0,
    wanted,
  );
  const targets = pieces.flatMap((piece) => piece.targets);
  const rows = targets.length > 0 ? batch.rows : Int32Array.of(0);
  const last = batch.last.map((index) => start + index);
  const hidden = await trunk.rows({ ...batch, last, rows, before, isEnd });
  const tokens = targets.map(({ token }) => token);
  return { targets, scores: await head.score(hidden, tokens) };
}
