// Signs of rows as bits, and how many of them agree.

import { POINTERS } from "./layout";

/** The sign bits of 16 words of 32 bits. */
// @ts-ignore: decorator
@inline
function sixteen(a: v128, b: v128, c: v128, d: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** Of 16 values: which are above 0, and `below` bytes later which are below 0. */
// @ts-ignore: decorator
@inline
export function storeSigns(a: v128, b: v128, c: v128, d: v128, out: usize, below: usize): void {
  const zero = f32x4.splat(0);
  store<u16>(out, <u16>sixteen(f32x4.gt(a, zero), f32x4.gt(b, zero), f32x4.gt(c, zero), f32x4.gt(d, zero)));
  store<u16>(out + below, <u16>sixteen(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero)));
}

/** The same of one value, into bytes that were 0. */
// @ts-ignore: decorator
@inline
export function storeSign(value: f32, i: usize, bits: usize, below: usize): void {
  const out = bits + (i >> 3);
  const bit = (<u8>1) << <u8>(i & 7);
  if (value > 0) store<u8>(out, load<u8>(out) | bit);
  if (value < 0) store<u8>(out + below, load<u8>(out + below) | bit);
}

export function packSigns(values: usize, bits: usize, n: usize): void {
  const words = (n + 63) >> 6;
  const below = words << 3;
  memory.fill(bits, 0, words << 4);
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const at = values + (i << 2);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    storeSigns(a, b, c, d, bits + (i >> 3), below);
  }
  for (; i < n; i++) storeSign(load<f32>(values + (i << 2)), i, bits, below);
}

/** @param table - [R] addresses as 32-bit words. */
export function countWords(table: usize, rows: i32, counts: usize, words: usize): void {
  const bytes = words << 3;
  for (let i = 0; i < rows; i++) {
    const a = <usize>load<u32>(table + (<usize>i << 2));
    for (let j = i + 1; j < rows; j++) {
      const b = <usize>load<u32>(table + (<usize>j << 2));
      let same: i64 = 0;
      let both: i64 = 0;
      for (let at: usize = 0; at < bytes; at += 8) {
        const above = load<u64>(a + at);
        const below = load<u64>(a + at + bytes);
        const otherAbove = load<u64>(b + at);
        const otherBelow = load<u64>(b + at + bytes);
        same += popcnt<i64>((above & otherAbove) | (below & otherBelow));
        both += popcnt<i64>((above | below) & (otherAbove | otherBelow));
      }
      const upper = counts + <usize>(i * rows + j) * 8;
      const lower = counts + <usize>(j * rows + i) * 8;
      store<f64>(upper, load<f64>(upper) + <f64>same);
      store<f64>(lower, load<f64>(lower) + <f64>both);
    }
  }
}

export function countSigns(rows: i32, counts: usize, words: usize): void {
  countWords(POINTERS, rows, counts, words);
}
