/** Which sequences share a key-value cache, and how large it is. */

/** A prompt to be continued. */
export interface Sequence {
  /** Place among the requests. */
  readonly request: number;
  /** At least one id. */
  readonly prompt: readonly number[];
  /** Most new tokens, at least 1. */
  readonly room: number;
  /** Tokens that probably follow, fewer than `room`; read along with the prompt. */
  readonly draft?: readonly number[];
}

/** Sequences that are generated with one layout of the cache. */
export interface Round {
  readonly slots: number;
  /** Positions of a slot: enough for the longest sequence. */
  readonly positions: number;
  /** The neediest first. */
  readonly sequences: readonly Sequence[];
}

/** How much may be under way at a time. */
export interface RoundLimits {
  /** Sequences, at least 1. */
  readonly sequences: number;
  /** Positions that the cache can hold in all; a sequence that needs more gets a round of its own. */
  readonly cachePositions: number;
  /** Most rows of logits in memory at a time. */
  readonly logitRows: number;
}

/**
 * Puts sequences of like length into rounds, so that a few long ones do not take the room of many short ones: within a
 * round the longest needs at most twice the positions of the shortest.
 */
export function planRounds(sequences: readonly Sequence[], limits: RoundLimits): readonly Round[] {
  const sorted = sequences.toSorted((a, b) => positionsOf(b) - positionsOf(a) || a.request - b.request);
  const rounds: Round[] = [];
  for (let start = 0; start < sorted.length; ) {
    const positions = positionsOf(sorted[start]!);
    const after = sorted.findIndex((sequence, i) => i > start && 2 * positionsOf(sequence) < positions);
    const members = sorted.slice(start, after < 0 ? sorted.length : after);
    const slots = Math.max(
      1,
      Math.min(limits.sequences, members.length, Math.floor(limits.cachePositions / positions)),
    );
    rounds.push({ slots, positions, sequences: members });
    start += members.length;
  }
  return rounds;
}

/**
 * Makes a cache's layout larger where a newcomer needs it.
 *
 * @param wanted - sequences that would be under way or waiting, the newcomer among them.
 * @returns undefined if all the memory does not do for it.
 */
export function roomFor(
  newcomer: Sequence,
  { slots, positions }: Pick<Round, "slots" | "positions">,
  wanted: number,
  { sequences, cachePositions }: RoundLimits,
): Pick<Round, "slots" | "positions"> | undefined {
  const longest = Math.max(positions, positionsOf(newcomer));
  // Twice as many at once: each growth copies what is there.
  const most = Math.min(sequences, Math.floor(cachePositions / longest));
  if (most < 1) return undefined;
  return { slots: Math.min(most, wanted <= slots ? slots : Math.max(wanted, 2 * slots)), positions: longest };
}

function positionsOf({ prompt, room }: Sequence): number {
  return prompt.length + room;
}

/**
 * Counts how many of the next sequences can be read together: at least one, at most `slots`, and no more tokens with
 * their padding than `maxTokens`.
 */
export function countTogether(lengths: readonly number[], slots: number, maxTokens: number): number {
  let longest = 0;
  let count = 0;
  for (const length of lengths.slice(0, slots)) {
    longest = Math.max(longest, length);
    if (count > 0 && longest * (count + 1) > maxTokens) break;
    count++;
  }
  return count;
}
