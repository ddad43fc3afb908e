/**
 * A hash of bytes that arrive in pieces, quicker than XXH64 where vectors are: 32 lanes of 32 bits, mixed in the end.
 *
 * A stripe of 256 bytes gives each lane a word of its first half and one of its second, little-endian:
 *
 *     v = lane_i ^ first_i;   v ^= v >>> 15;   v = (v + second_i) * 0x9e3779b1;   lane_i = v ^ (v >>> 13)
 *
 * from lane_i = (i + 1) * 0x9e3779b1 on. The hash is the XXH64 of the lanes, of the bytes that are left, and of the number of
 * all bytes in 64 bits. Every line can be undone, so a single word that differs is never lost; between two words high bits
 * come down, so that signs that change together do not cancel. It tells accidental changes apart, and is no proof against
 * somebody who forges bytes on purpose.
 */

import type { ContentHash } from "./content-hash.ts";
import { Stripes } from "./stripes.ts";

/** Takes in whole stripes: a multiple of LANE_STRIPE_BYTES. @param lanes - [LANE_BYTES] */
export type TakeStripes = (lanes: Uint8Array, bytes: Uint8Array) => void;

/** Bytes of the lanes together. */
export const LANE_BYTES = 128;

/** Bytes that are taken in at a time. */
export const LANE_STRIPE_BYTES = 2 * LANE_BYTES;

/** Bytes of memory that a hash needs: lanes, an unfinished stripe and the length. */
export const LANE_HASH_BYTES = LANE_BYTES + LANE_STRIPE_BYTES + 16;

/** What lanes are multiplied by. */
export const LANE_PRIME = 0x9e3779b1;

/**
 * Starts a hash.
 *
 * @param mix - an XXH64, just started; taken over.
 * @param memory - [LANE_HASH_BYTES], in the memory that the steps work on; taken over.
 */
export function startLaneHash(take: TakeStripes, mix: ContentHash, memory: Uint8Array): ContentHash {
  const lanes = memory.subarray(0, LANE_BYTES);
  const words = new DataView(memory.buffer, memory.byteOffset, memory.length);
  for (let i = 0; i < LANE_BYTES / 4; i++) words.setUint32(4 * i, Math.imul(i + 1, LANE_PRIME), true);
  const tail = memory.subarray(LANE_BYTES, LANE_BYTES + LANE_STRIPE_BYTES);
  const stripes = new Stripes(tail, (bytes) => take(lanes, bytes));
  return {
    update: (bytes) => stripes.add(bytes),
    digest() {
      mix.update(lanes);
      mix.update(stripes.rest());
      const lengthAt = LANE_BYTES + LANE_STRIPE_BYTES;
      words.setBigUint64(lengthAt, BigInt(stripes.totalBytes), true);
      mix.update(memory.subarray(lengthAt, lengthAt + 8));
      return mix.digest();
    },
  };
}
