import type { HashSteps } from "../content-hash.ts";

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

/** The steps of the content hash, as its specification words them. */
export const plainHashSteps: HashSteps = {
  start: (state) => writeLanes(state, [P1 + P2, P2, 0n, -P1]),
  stripes(state, bytes) {
    const input = viewOf(bytes);
    let lanes = readLanes(state);
    for (let at = 0; at < bytes.length; at += 32) {
      lanes = lanes.map((lane, i) => round(lane, input.getBigUint64(at + 8 * i, true)));
    }
    writeLanes(state, lanes);
  },
  end(state, tail, totalBytes) {
    let hash = totalBytes < 32 ? P5 : converge(readLanes(state));
    hash = wrap(hash + BigInt(totalBytes));
    const input = viewOf(tail);
    let at = 0;
    for (; at + 8 <= tail.length; at += 8) {
      hash = wrap(rotate(hash ^ round(0n, input.getBigUint64(at, true)), 27n) * P1 + P4);
    }
    for (; at + 4 <= tail.length; at += 4) {
      hash = wrap(rotate(hash ^ wrap(BigInt(input.getUint32(at, true)) * P1), 23n) * P2 + P3);
    }
    for (; at < tail.length; at++) hash = wrap(rotate(hash ^ wrap(BigInt(input.getUint8(at)) * P5), 11n) * P1);
    hash = wrap((hash ^ (hash >> 33n)) * P2);
    hash = wrap((hash ^ (hash >> 29n)) * P3);
    viewOf(state).setBigUint64(0, hash ^ (hash >> 32n), true);
  },
};

function round(lane: bigint, input: bigint): bigint {
  return wrap(rotate(wrap(lane + input * P2), 31n) * P1);
}

function converge(lanes: readonly bigint[]): bigint {
  const shifts = [1n, 7n, 12n, 18n];
  const mixed = wrap(lanes.reduce((sum, lane, i) => sum + rotate(lane, shifts[i]!), 0n));
  return lanes.reduce((hash, lane) => wrap((hash ^ round(0n, lane)) * P1 + P4), mixed);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap((value << bits) | (value >> (64n - bits)));
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function readLanes(state: Uint8Array): bigint[] {
  return [0, 8, 16, 24].map((at) => viewOf(state).getBigUint64(at, true));
}

function writeLanes(state: Uint8Array, lanes: readonly bigint[]): void {
  for (const [i, lane] of lanes.entries()) viewOf(state).setBigUint64(8 * i, wrap(lane), true);
}
