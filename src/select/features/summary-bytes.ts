import type { ProbeSummary } from "./probe-summary.ts";

/** "mrgp", and the version of the layout. */
const MAGIC = 0x7067726d;
const VERSION = 2;
const HEADER_WORDS = 10;

/**
 * Packs a summary into bytes, to be kept in a file: ten 32-bit words, then ids and log-probabilities, then for each probe
 * and layer the length of its array and the array, first of activations and then of attention. Little-endian.
 */
export function encodeSummary({ tokens, activations, heads, attentions }: ProbeSummary): Uint8Array {
  const arrays = [...activations.flat(), ...attentions.flat()];
  const words = HEADER_WORDS + 2 * tokens.ids.length + arrays.reduce((sum, array) => sum + 1 + array.length, 0);
  const bytes = new Uint8Array(4 * words);
  const ints = new Int32Array(bytes.buffer);
  const floats = new Float32Array(bytes.buffer);
  const probes = activations.length;
  const layers = activations[0]?.length ?? 0;
  const attended = attentions[0]?.length ?? 0;
  ints.set([MAGIC, VERSION, tokens.vocabulary, tokens.kept, tokens.ids.length, probes, layers, heads, attended, 0]);
  ints.set(tokens.ids, HEADER_WORDS);
  floats.set(tokens.logprobs, HEADER_WORDS + tokens.ids.length);
  let at = HEADER_WORDS + 2 * tokens.ids.length;
  for (const array of arrays) {
    ints[at] = array.length;
    floats.set(array, at + 1);
    at += 1 + array.length;
  }
  return bytes;
}

/** Unpacks what `encodeSummary` made; undefined for anything else, such as a file that was cut short. */
export function decodeSummary(bytes: Uint8Array): ProbeSummary | undefined {
  if (bytes.length % 4 !== 0 || bytes.length < 4 * HEADER_WORDS) return undefined;
  const own = bytes.slice();
  const ints = new Int32Array(own.buffer);
  const floats = new Float32Array(own.buffer);
  const [magic, version, vocabulary, kept, count, probes, layers, heads, attended] = ints;
  const start = HEADER_WORDS + 2 * count!;
  if (magic !== MAGIC || version !== VERSION || !(count! >= 0 && start <= ints.length)) return undefined;
  const arrays = new ArrayReader(ints, floats, start);
  const activations = arrays.table(probes!, layers!);
  const attentions = arrays.table(probes!, attended!);
  if (activations === undefined || attentions === undefined || !arrays.isAtEnd()) return undefined;
  const tokens = {
    vocabulary: vocabulary!,
    kept: kept!,
    ids: ints.slice(HEADER_WORDS, HEADER_WORDS + count!),
    logprobs: floats.slice(HEADER_WORDS + count!, start),
  };
  return { tokens, activations, heads: heads!, attentions };
}

/** Reads arrays that stand behind their lengths. */
class ArrayReader {
  readonly #ints: Int32Array;
  readonly #floats: Float32Array;
  #at: number;

  constructor(ints: Int32Array, floats: Float32Array, at: number) {
    this.#ints = ints;
    this.#floats = floats;
    this.#at = at;
  }

  isAtEnd(): boolean {
    return this.#at === this.#ints.length;
  }

  /** @returns undefined where there are fewer. */
  table(rows: number, columns: number): Float32Array[][] | undefined {
    const table: Float32Array[][] = [];
    for (let r = 0; r < rows; r++) {
      const row: Float32Array[] = [];
      for (let c = 0; c < columns; c++) {
        const length = this.#ints[this.#at] ?? -1;
        const start = this.#at + 1;
        if (length < 0 || start + length > this.#ints.length) return undefined;
        row.push(this.#floats.slice(start, start + length));
        this.#at = start + length;
      }
      table.push(row);
    }
    return table;
  }
}
