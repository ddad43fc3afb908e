import { LANE_BYTES, LANE_PRIME, LANE_STRIPE_BYTES } from "../lane-hash.ts";

/** See `TakeStripes`. */
export function takeStripes(lanes: Uint8Array, bytes: Uint8Array): void {
  const [state, input] = [lanes, bytes].map((array) => new DataView(array.buffer, array.byteOffset, array.length));
  for (let at = 0; at < bytes.length; at += LANE_STRIPE_BYTES) {
    for (let i = 0; i < LANE_BYTES; i += 4) {
      const v = state!.getUint32(i, true) ^ input!.getUint32(at + i, true);
      const mixed = v ^ (v >>> 15);
      const product = Math.imul(mixed + input!.getUint32(at + LANE_BYTES + i, true), LANE_PRIME);
      state!.setUint32(i, product ^ (product >>> 13), true);
    }
  }
}
