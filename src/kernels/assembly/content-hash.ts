// XXH64; see ../content-hash.ts. The state is four u64, one for each lane; the hash ends up in the first.

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

// @ts-ignore: decorator
@inline
function round(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function mergeLane(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * P1 + P4;
}

export function hashStart(state: usize): void {
  store<u64>(state, P1 + P2);
  store<u64>(state, P2, 8);
  store<u64>(state, 0, 16);
  store<u64>(state, 0 - P1, 24);
}

export function hashStripes(state: usize, src: usize, n: usize): void {
  const end = src + n;
  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  for (; src < end; src += 32) {
    a = round(a, load<u64>(src));
    b = round(b, load<u64>(src, 8));
    c = round(c, load<u64>(src, 16));
    d = round(d, load<u64>(src, 24));
  }
  store<u64>(state, a);
  store<u64>(state, b, 8);
  store<u64>(state, c, 16);
  store<u64>(state, d, 24);
}

export function hashEnd(state: usize, tail: usize, n: usize, totalLow: u32, totalHigh: u32): void {
  const total = ((<u64>totalHigh) << 32) | <u64>totalLow;
  let hash = P5;
  if (total >= 32) {
    const a = load<u64>(state);
    const b = load<u64>(state, 8);
    const c = load<u64>(state, 16);
    const d = load<u64>(state, 24);
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    hash = mergeLane(mergeLane(mergeLane(mergeLane(hash, a), b), c), d);
  }
  hash += total;
  const end = tail + n;
  for (; tail + 8 <= end; tail += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(tail)), 27) * P1 + P4;
  for (; tail + 4 <= end; tail += 4) hash = rotl<u64>(hash ^ ((<u64>load<u32>(tail)) * P1), 23) * P2 + P3;
  for (; tail < end; tail++) hash = rotl<u64>(hash ^ ((<u64>load<u8>(tail)) * P5), 11) * P1;
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  store<u64>(state, hash ^ (hash >> 32));
}
