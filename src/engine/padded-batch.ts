import type { Batch } from "./batch.ts";

/**
 * Lays sequences out as a batch from their first position on, filled up on the right to the longest.
 *
 * @param wanted - positions of each sequence that results are wanted for.
 */
export function padBatch(
  sequences: readonly (readonly number[])[],
  slot: number,
  wanted: readonly (readonly number[])[],
): Batch {
  const T = sequences.reduce((longest, { length }) => Math.max(longest, length), 0);
  const ids = new Int32Array(sequences.length * T);
  for (const [b, sequence] of sequences.entries()) ids.set(sequence, b * T);
  return {
    ids,
    last: Int32Array.from(sequences, ({ length }) => length - 1),
    slot,
    before: [],
    rows: Int32Array.from(wanted.flatMap((positions, b) => positions.map((t) => b * T + t))),
  };
}
