/** Positions of some sequences that go through all layers together: whole prompts, or one more token of each. */
export interface Batch {
  /** [B·T] token ids, row by row; sequences shorter than T are filled up on the right with any id. */
  readonly ids: Int32Array;
  /** [B] index of each sequence's last position, counted from the sequence's start. For prompts, the largest is T − 1. */
  readonly last: Int32Array;
  /** Cache slot of the first sequence; the others follow. */
  readonly slot: number;
  /** [N] positions wanted, as indices into B·T. */
  readonly rows: Int32Array;
  /**
   * For the reading of prompts, which other models may repeat: what one sequence that is read in pieces has before this piece, and
   * nothing for whole prompts. Left out where tokens are written.
   */
  readonly before?: readonly number[];
  /** Whether nothing follows these sequences, so that their keys and values are not wanted afterwards. @default false */
  readonly isEnd?: boolean;
}
