/** What is kept of a model's pass over the probes: enough to compare it with any other model without running either again. */

/** Distributions of next tokens, position by position. */
export interface TokenSummary {
  /** Tokens of the vocabulary. */
  readonly vocabulary: number;
  /** Tokens kept at each position: all, or the most probable ones. */
  readonly kept: number;
  /** [P][kept] */
  readonly ids: Int32Array;
  /** [P][kept] natural log-probabilities. */
  readonly logprobs: Float32Array;
}

/** What a model did with a set of probes. */
export interface ProbeSummary {
  readonly tokens: TokenSummary;
  /** [probe][layer + 1] of hidden states of all positions, flattened, or their sketch. */
  readonly activations: readonly (readonly Float32Array[])[];
  /** Of each layer. */
  readonly heads: number;
  /** [probe][layer] of [heads][what each attends to, or its sketch]. */
  readonly attentions: readonly (readonly Float32Array[])[];
}

/** Vocabularies up to this are kept whole, which makes divergences exact; of larger ones this many tokens. */
export const KEPT_TOKENS = 1024;
/** Activations of a probe and layer up to this are kept whole, of longer ones a sketch of this length. */
const SKETCH_LENGTH = 16_384;

/**
 * Summarises the logits of one probe.
 *
 * @param logits - [T, V]
 */
export function summariseTokens(logits: Float32Array, positions: number): TokenSummary {
  const V = logits.length / positions;
  const kept = Math.min(V, KEPT_TOKENS);
  const ids = new Int32Array(positions * kept);
  const logprobs = new Float32Array(positions * kept);
  for (let t = 0; t < positions; t++) {
    const row = logits.subarray(t * V, (t + 1) * V);
    const largest = row.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
    const logSum = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    for (const [k, id] of mostProbable(row, kept).entries()) {
      ids[t * kept + k] = id;
      logprobs[t * kept + k] = row[id]! - logSum;
    }
  }
  return { vocabulary: V, kept, ids, logprobs };
}

/** In the order of ids. */
function mostProbable(row: Float32Array, kept: number): readonly number[] {
  const all = [...row.keys()];
  if (kept === row.length) return all;
  return all
    .sort((a, b) => row[b]! - row[a]! || a - b)
    .slice(0, kept)
    .sort((a, b) => a - b);
}

/** Puts the summaries of several probes end to end. All must be of one model. */
export function joinTokens(parts: readonly TokenSummary[]): TokenSummary {
  const { vocabulary, kept } = parts[0]!;
  const total = parts.reduce((sum, part) => sum + part.ids.length, 0);
  const ids = new Int32Array(total);
  const logprobs = new Float32Array(total);
  let at = 0;
  for (const part of parts) {
    ids.set(part.ids, at);
    logprobs.set(part.logprobs, at);
    at += part.ids.length;
  }
  return { vocabulary, kept, ids, logprobs };
}

/**
 * Shortens a long vector so that cosines are kept to about 1 %: each entry goes to one place, with a sign, both decided by
 * its index alone, so that sketches of two models can be compared.
 *
 * @returns the vector itself where it is short.
 * @source Charikar, Chen & Farach-Colton 2002, "Finding frequent items in data streams" (count sketch)
 */
export function sketch(values: Float32Array, length: number = SKETCH_LENGTH): Float32Array {
  if (values.length <= length) return values;
  const out = new Float32Array(length);
  for (let i = 0; i < values.length; i++) {
    const hash = scramble(i);
    out[hash % length]! += hash & 0x80000000 ? -values[i]! : values[i]!;
  }
  return out;
}

/**
 * Keeps of a layer's attention what can differ: positions attend to none behind them.
 *
 * @param attention - [heads, T, T]
 * @returns [heads][the lower triangles, or their sketches]
 */
export function summariseAttention(attention: Float32Array, positions: number): Float32Array {
  const T = positions;
  const heads = attention.length / T ** 2;
  const parts = Array.from({ length: heads }, (_, head) => {
    const triangle = new Float32Array((T * (T + 1)) / 2);
    for (let t = 0; t < T; t++) {
      const row = (head * T + t) * T;
      triangle.set(attention.subarray(row, row + t + 1), (t * (t + 1)) / 2);
    }
    return sketch(triangle, Math.floor(SKETCH_LENGTH / heads));
  });
  const joined = new Float32Array(heads * parts[0]!.length);
  for (const [head, part] of parts.entries()) joined.set(part, head * part.length);
  return joined;
}

/** A bijection of 32-bit words that leaves no pattern. @source the finaliser of MurmurHash3, public domain */
function scramble(index: number): number {
  let h = index | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
