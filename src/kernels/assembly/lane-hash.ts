// 32 lanes of 32 bits; see ../lane-hash.ts.

/** Bytes of the lanes, and of each half of a stripe. */
const HALF: usize = 128;

/** The lane takes in a word of each half. */
// @ts-ignore: decorator
@inline
function step(lane: v128, src: usize, prime: v128): v128 {
  const v = v128.xor(lane, v128.load(src));
  const mixed = v128.xor(v, i32x4.shr_u(v, 15));
  const product = i32x4.mul(i32x4.add(mixed, v128.load(src + HALF)), prime);
  return v128.xor(product, i32x4.shr_u(product, 13));
}

export function hashLanes(state: usize, src: usize, n: usize): void {
  const end = src + n;
  const prime = i32x4.splat(0x9e3779b1);
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  let e = v128.load(state, 64);
  let f = v128.load(state, 80);
  let g = v128.load(state, 96);
  let h = v128.load(state, 112);
  for (; src < end; src += 2 * HALF) {
    a = step(a, src, prime);
    b = step(b, src + 16, prime);
    c = step(c, src + 32, prime);
    d = step(d, src + 48, prime);
    e = step(e, src + 64, prime);
    f = step(f, src + 80, prime);
    g = step(g, src + 96, prime);
    h = step(h, src + 112, prime);
  }
  v128.store(state, a);
  v128.store(state, b, 16);
  v128.store(state, c, 32);
  v128.store(state, d, 48);
  v128.store(state, e, 64);
  v128.store(state, f, 80);
  v128.store(state, g, 96);
  v128.store(state, h, 112);
}
