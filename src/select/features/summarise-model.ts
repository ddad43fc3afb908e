import { joinTokens, type ProbeSummary, sketch, summariseAttention, summariseTokens } from "./probe-summary.ts";

/** What of a running model is looked at. */
export interface ProbeRunner {
  /** @returns of each sequence, [T, V]. */
  logits(sequences: readonly (readonly number[])[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** @returns [L + 1] of [T, C], and [L] of [H, T, T]. */
  trace(
    ids: readonly number[],
  ): Promise<{ readonly hiddens: readonly Float32Array[]; readonly attentions: readonly Float32Array[] }>;
}

/** Forward passes over the probes that a summary takes: one for the logits, one to look between the layers. */
export const PASSES_PER_SUMMARY = 2;

/**
 * Runs a model over the probes, and keeps what pairs of models are compared by.
 *
 * @param probes - at least one, each of at least one id.
 * @throws what the runner raises, and the signal's reason
 */
export async function summariseModel(
  runner: ProbeRunner,
  probes: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<ProbeSummary> {
  const logits = await runner.logits(probes, signal);
  const activations: Float32Array[][] = [];
  const attentions: Float32Array[][] = [];
  let heads = 0;
  for (const ids of probes) {
    signal.throwIfAborted();
    const trace = await runner.trace(ids);
    activations.push(trace.hiddens.map((states) => sketch(states)));
    attentions.push(trace.attentions.map((maps) => summariseAttention(maps, ids.length)));
    heads = (trace.attentions[0]?.length ?? 0) / ids.length ** 2;
  }
  const tokens = joinTokens(probes.map((ids, p) => summariseTokens(logits[p]!, ids.length)));
  return { tokens, activations, heads, attentions };
}
