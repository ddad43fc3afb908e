/** What a model makes of texts that are already there: how probable each token is after those before it. */

import type { Decoder } from "./decoder.ts";
import { longestText } from "./decoder-shape.ts";
import type { TokenLogprobs } from "./engine-request.ts";
import { engineErrors } from "./errors.ts";
import { tokenLogprobs } from "./token-logprobs.ts";

/** Logits that are in memory at a time; more bring no speed. */
const PIECE_BYTES = 16 * 2 ** 20;

/** What looking back needs. */
export interface ReadBack {
  readonly decoder: Pick<Decoder, "shape" | "cache" | "trunk" | "promptTokens" | "dividableTokens">;
  /** Stands in errors. */
  readonly modelName: string;
  /** Most probable tokens reported beside each. */
  readonly alternatives: number;
}

/**
 * Looks up how probable the tokens of some sequences are, piece by piece, so that memory does not grow with them.
 *
 * @param sequences - each of at least one id.
 * @returns for each sequence, of each token but the first.
 * @throws engine/prompt_too_long, engine/not_finite, engine/run_failed, engine/out_of_memory, and the signal's reason
 */
export async function readBack(
  parts: ReadBack,
  sequences: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<readonly (readonly TokenLogprobs[])[]> {
  const all: (readonly TokenLogprobs[])[] = [];
  for (const [request, ids] of sequences.entries()) all.push(await readOne(parts, ids, request, signal));
  return all;
}

async function readOne(
  { decoder, modelName, alternatives }: ReadBack,
  ids: readonly number[],
  request: number,
  signal: AbortSignal | undefined,
): Promise<readonly TokenLogprobs[]> {
  const { shape, cache, trunk, promptTokens, dividableTokens } = decoder;
  const { vocabulary: V } = shape;
  const context = longestText(shape);
  if (ids.length > context) throw engineErrors.prompt_too_long({ request, tokens: ids.length, context });
  cache.layOut(1, ids.length);
  const isDividable = ids.length <= dividableTokens;
  const pieceTokens = Math.max(1, Math.min(promptTokens, Math.floor(PIECE_BYTES / (4 * V))));
  const found: TokenLogprobs[] = [];
  for (let start = 0; start < ids.length - 1; start += pieceTokens) {
    signal?.throwIfAborted();
    const end = Math.min(start + pieceTokens, ids.length - 1);
    // What cannot be read in parts is read whole each time.
    const [from, to] = isDividable ? [start, end] : [0, ids.length];
    const logits = await trunk.logits({
      ids: Int32Array.from(ids.slice(from, to)),
      last: Int32Array.of(to - 1),
      slot: 0,
      rows: Int32Array.from({ length: end - start }, (_, i) => start - from + i),
      before: ids.slice(0, from),
    });
    for (let i = start; i < end; i++) {
      const row = logits.subarray((i - start) * V, (i - start + 1) * V);
      const next = tokenLogprobs(row, ids[i + 1]!, alternatives);
      if (Number.isNaN(next.logprob)) throw engineErrors.not_finite({ model: modelName, request });
      found.push(next);
    }
  }
  return found;
}
