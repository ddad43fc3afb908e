/** Everything that a model computes for whole sequences, for those who look inside. */

import type { Decoder } from "./decoder.ts";
import { longestText } from "./decoder-shape.ts";
import { engineErrors } from "./errors.ts";
import { padBatch } from "./padded-batch.ts";
import type { Trace } from "./trunk.ts";

/**
 * Computes the logits of all positions, one sequence at a time.
 *
 * @param sequences - each of at least one id.
 * @returns for each, [T, V].
 * @throws engine/prompt_too_long, engine/run_failed, engine/out_of_memory, and the signal's reason
 */
export async function computeLogits(
  decoder: Decoder,
  sequences: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<readonly Float32Array[]> {
  const all: Float32Array[] = [];
  for (const [request, ids] of sequences.entries()) {
    signal?.throwIfAborted();
    layOut(decoder, ids, request);
    const positions = [...ids.keys()];
    all.push((await decoder.trunk.logits(padBatch([ids], 0, [positions]))).slice());
  }
  return all;
}

/**
 * Computes the hidden states after every layer, and what each position attends to if that is wanted.
 *
 * @returns as `Trunk.trace`
 * @throws as `computeLogits`
 */
export async function computeTrace(decoder: Decoder, ids: readonly number[], showsAttention: boolean): Promise<Trace> {
  layOut(decoder, ids, 0);
  return decoder.trunk.trace(Int32Array.from(ids), showsAttention);
}

function layOut({ cache, shape }: Decoder, ids: readonly number[], request: number): void {
  const context = longestText(shape);
  if (ids.length > context) throw engineErrors.prompt_too_long({ request, tokens: ids.length, context });
  cache.layOut(1, ids.length);
}
