// The variance of the inputs, entry by entry, in float64: of 16-bit types by exact sums, (n * sum of x^2 - (sum of x)^2) / n^2, which
// need no division; of float32, where that would cancel, by the distances to the mean.

import { almostHalf, one, upperHalf } from "./constant-vectors";
import { onGrid, storeOne } from "./grid";
import { POINTERS } from "./layout";

/** What the sums are multiplied by in the end, in the types that have exact ones. */
// @ts-ignore: decorator
@inline
function shareOf(count: i32): v128 {
  return f64x2.splat(1 / (<f64>count * <f64>count));
}

// @ts-ignore: decorator
@inline
function varianceOfTwo<T>(end: usize, at: usize, count: v128, share: v128): v128 {
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (let q: usize = POINTERS; q < end; q += 4) {
    const x = pairAt(<usize>load<u32>(q) + at);
    sum = f64x2.add(sum, x);
    if (sizeof<T>() == 2) squares = f64x2.add(squares, f64x2.mul(x, x));
  }
  if (sizeof<T>() == 2) {
    const difference = f64x2.sub(f64x2.mul(count, squares), f64x2.mul(sum, sum));
    return f32x4.demote_f64x2_zero(f64x2.mul(difference, share));
  }
  const mean = f64x2.div(sum, count);
  for (let q: usize = POINTERS; q < end; q += 4) {
    const d = f64x2.sub(pairAt(<usize>load<u32>(q) + at), mean);
    squares = f64x2.add(squares, f64x2.mul(d, d));
  }
  return f32x4.demote_f64x2_zero(f64x2.div(squares, count));
}

// @ts-ignore: decorator
@inline
function varianceOfPairs<T>(a: v128, b: v128, c: v128, count: v128, share: v128): v128 {
  const sum = f64x2.add(f64x2.add(a, b), c);
  if (sizeof<T>() == 2) {
    const squares = f64x2.add(f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b)), f64x2.mul(c, c));
    const difference = f64x2.sub(f64x2.mul(count, squares), f64x2.mul(sum, sum));
    return f32x4.demote_f64x2_zero(f64x2.mul(difference, share));
  }
  const mean = f64x2.div(sum, count);
  const x = f64x2.sub(a, mean);
  const y = f64x2.sub(b, mean);
  const z = f64x2.sub(c, mean);
  const squares = f64x2.add(f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y)), f64x2.mul(z, z));
  return f32x4.demote_f64x2_zero(f64x2.div(squares, count));
}

// @ts-ignore: decorator
@inline
function pairAt(p: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(p));
}

/** Of three inputs, a common case: each is read and widened once. @returns how many bytes were done. */
// @ts-ignore: decorator
@inline
function varianceOfThree<T>(out: usize, bytes: usize, u: v128, h: v128, p: v128): usize {
  const c = f64x2.splat(3);
  const share = shareOf(3);
  const first = <usize>load<u32>(POINTERS);
  const second = <usize>load<u32>(POINTERS + 4);
  const third = <usize>load<u32>(POINTERS + 8);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const low = varianceOfPairs<T>(pairAt(first + at), pairAt(second + at), pairAt(third + at), c, share);
    const high = varianceOfPairs<T>(pairAt(first + at + 8), pairAt(second + at + 8), pairAt(third + at + 8), c, share);
    v128.store(out + at, onGrid<T>(v128.shuffle<i64>(low, high, 0, 2), u, h, p));
  }
  return at;
}

// @ts-ignore: decorator
@inline
function varianceAll<T>(count: i32, out: usize, n: usize): void {
  const end: usize = POINTERS + (count << 2);
  const c = f64x2.splat(<f64>count);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const bytes = n << 2;
  let at: usize = count == 3 ? varianceOfThree<T>(out, bytes, u, h, p) : 0;
  const share = shareOf(count);
  for (; at + 8 <= bytes; at += 8) {
    v128.store64_lane(out + at, onGrid<T>(varianceOfTwo<T>(end, at, c, share), u, h, p), 0);
  }
  // What lies behind the last is read as well, and not written: it is there, since arrays begin at multiples of 16 bytes.
  if (at < bytes) storeOne(out + at, onGrid<T>(varianceOfTwo<T>(end, at, c, share), u, h, p));
}

export function varianceF32(count: i32, out: usize, n: usize): void {
  varianceAll<f32>(count, out, n);
}

export function varianceBF16(count: i32, out: usize, n: usize): void {
  varianceAll<u16>(count, out, n);
}

export function varianceF16(count: i32, out: usize, n: usize): void {
  varianceAll<i16>(count, out, n);
}
