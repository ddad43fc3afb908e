/**
 * A hash of bytes that arrive in pieces: XXH64 with seed 0, which is as fast as memory can be read.
 *
 * It tells accidental changes apart, for locks and replays; it is no proof against somebody who forges bytes on purpose.
 *
 * @source Yann Collet, "xxHash fast digest algorithm", https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */

import { Stripes } from "./stripes.ts";

/** A hash under way. */
export interface ContentHash {
  /** Adds bytes, which lie in kernel memory. How they are cut does not matter. */
  update(bytes: Uint8Array): void;
  /** Ends the hash: 16 hex digits. Nothing may be added afterwards. */
  digest(): string;
}

/** The arithmetic of the hash, on a state of four 64-bit lanes. */
export interface HashSteps {
  start(state: Uint8Array): void;
  /** Takes in whole stripes: a multiple of STRIPE_BYTES. */
  stripes(state: Uint8Array, bytes: Uint8Array): void;
  /** Takes in the rest, less than a stripe, and leaves the hash in the first 8 bytes of the state, little-endian. */
  end(state: Uint8Array, tail: Uint8Array, totalBytes: number): void;
}

/** Bytes that are taken in at a time. */
export const STRIPE_BYTES = 32;

/** Bytes of memory that a hash needs: its state and an unfinished stripe. */
export const HASH_BYTES = 2 * STRIPE_BYTES;

/**
 * Starts a hash.
 *
 * @param memory - [HASH_BYTES], in the memory that the steps work on; taken over.
 */
export function startContentHash(steps: HashSteps, memory: Uint8Array): ContentHash {
  const state = memory.subarray(0, STRIPE_BYTES);
  const stripes = new Stripes(memory.subarray(STRIPE_BYTES), (bytes) => steps.stripes(state, bytes));
  steps.start(state);
  return {
    update: (bytes) => stripes.add(bytes),
    digest() {
      steps.end(state, stripes.rest(), stripes.totalBytes);
      return [...state.subarray(0, 8)]
        .toReversed()
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("");
    },
  };
}
