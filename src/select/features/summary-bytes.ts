import type { ProbeSummary } from "./probe-summary.ts";

/** "mrgp", and the version of the layout. */
const MAGIC = 0x7067726d;
const VERSION = 1;

/**
 * Packs a summary into bytes, to be kept in a file: eight 32-bit words, then ids and log-probabilities, then for each probe
 * and layer the length of its array and the array. Little-endian.
 */
export function encodeSummary({ tokens, activations }: ProbeSummary): Uint8Array {
  const arrays = activations.flat();
  const words = 8 + 2 * tokens.ids.length + arrays.reduce((sum, array) => sum + 1 + array.length, 0);
  const bytes = new Uint8Array(4 * words);
  const ints = new Int32Array(bytes.buffer);
  const floats = new Float32Array(bytes.buffer);
  const probes = activations.length;
  const layers = activations[0]?.length ?? 0;
  ints.set([MAGIC, VERSION, tokens.vocabulary, tokens.kept, tokens.ids.length, probes, layers, 0]);
  ints.set(tokens.ids, 8);
  floats.set(tokens.logprobs, 8 + tokens.ids.length);
  let at = 8 + 2 * tokens.ids.length;
  for (const array of arrays) {
    ints[at] = array.length;
    floats.set(array, at + 1);
    at += 1 + array.length;
  }
  return bytes;
}

/** Unpacks what `encodeSummary` made; undefined for anything else, such as a file that was cut short. */
export function decodeSummary(bytes: Uint8Array): ProbeSummary | undefined {
  if (bytes.length % 4 !== 0 || bytes.length < 32) return undefined;
  const own = bytes.slice();
  const ints = new Int32Array(own.buffer);
  const floats = new Float32Array(own.buffer);
  const [magic, version, vocabulary, kept, count, probes, layers] = ints;
  if (magic !== MAGIC || version !== VERSION || !(count! >= 0 && 8 + 2 * count! <= ints.length)) return undefined;
  let at = 8 + 2 * count!;
  const activations: Float32Array[][] = [];
  for (let probe = 0; probe < probes!; probe++) {
    const states: Float32Array[] = [];
    for (let l = 0; l < layers!; l++) {
      const length = ints[at] ?? -1;
      if (length < 0 || at + 1 + length > ints.length) return undefined;
      states.push(floats.slice(at + 1, at + 1 + length));
      at += 1 + length;
    }
    activations.push(states);
  }
  if (at !== ints.length) return undefined;
  const tokens = {
    vocabulary: vocabulary!,
    kept: kept!,
    ids: ints.slice(8, 8 + count!),
    logprobs: floats.slice(8 + count!, 8 + 2 * count!),
  };
  return { tokens, activations };
}
