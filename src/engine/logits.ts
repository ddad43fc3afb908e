import type { Decoder } from "./decoder.ts";
import { engineErrors } from "./errors.ts";
import { padBatch } from "./padded-batch.ts";

/**
 * Computes the logits of all positions of some sequences, one sequence at a time.
 *
 * @param sequences - each of at least one id.
 * @returns for each, [T, V].
 * @throws engine/prompt_too_long, engine/run_failed, engine/out_of_memory, and the signal's reason
 */
export async function computeLogits(
  { trunk, cache, shape }: Decoder,
  sequences: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<readonly Float32Array[]> {
  const all: Float32Array[] = [];
  for (const [request, ids] of sequences.entries()) {
    signal?.throwIfAborted();
    const context = shape.contextLength;
    if (ids.length > context) throw engineErrors.prompt_too_long({ request, tokens: ids.length, context });
    cache.layOut(1, ids.length);
    const positions = [...ids.keys()];
    all.push((await trunk.logits(padBatch([ids], 0, [positions]))).slice());
  }
  return all;
}
