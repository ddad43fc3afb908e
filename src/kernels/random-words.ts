/**
 * A place in a stream of 32-bit random words that kernels draw from.
 *
 * Copies are independent: a method that needs the same draws in two passes opens two of them at the same place.
 */
export interface RandomWords {
  /** Words drawn since the start of the stream. */
  readonly position: number;
  /** Draws words as they are. */
  fill(out: Uint32Array): void;
  /**
   * Zeroes each entry whose draw says "drop", one word an entry in order, in place: entry i is kept when
   * (word_i & 0xFFFFFF) · 2^-24 < `keep`. Zeroed entries keep their sign.
   *
   * @param values - [n], in kernel memory; overwritten.
   * @param keep - probability, in [0, 1].
   */
  dropOut(values: Float32Array, keep: number): void;
}

/** What a draw's lower 24 bits have to be below to keep an entry with a probability, [0, 2^24]. */
export function dropLimit(keep: number): number {
  return Math.min(Math.max(Math.ceil(keep * 2 ** 24), 0), 2 ** 24);
}
