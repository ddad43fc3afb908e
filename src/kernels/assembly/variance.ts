// The variance of the inputs, entry by entry, in float64.

import { almostHalf, one, upperHalf } from "./constant-vectors";
import { onGrid, storeOne } from "./grid";
import { POINTERS } from "./layout";

// @ts-ignore: decorator
@inline
function varianceOfTwo(end: usize, at: usize, count: v128): v128 {
  let sum = f64x2.splat(0);
  for (let q: usize = POINTERS; q < end; q += 4) {
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.load64_zero(<usize>load<u32>(q) + at)));
  }
  const mean = f64x2.div(sum, count);
  let squares = f64x2.splat(0);
  for (let q: usize = POINTERS; q < end; q += 4) {
    const d = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(<usize>load<u32>(q) + at)), mean);
    squares = f64x2.add(squares, f64x2.mul(d, d));
  }
  return f32x4.demote_f64x2_zero(f64x2.div(squares, count));
}

// @ts-ignore: decorator
@inline
function varianceOfPairs(a: v128, b: v128, c: v128, count: v128): v128 {
  const mean = f64x2.div(f64x2.add(f64x2.add(a, b), c), count);
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
  const first = <usize>load<u32>(POINTERS);
  const second = <usize>load<u32>(POINTERS + 4);
  const third = <usize>load<u32>(POINTERS + 8);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const low = varianceOfPairs(pairAt(first + at), pairAt(second + at), pairAt(third + at), c);
    const high = varianceOfPairs(pairAt(first + at + 8), pairAt(second + at + 8), pairAt(third + at + 8), c);
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
  for (; at + 8 <= bytes; at += 8) {
    v128.store64_lane(out + at, onGrid<T>(varianceOfTwo(end, at, c), u, h, p), 0);
  }
  if (at == bytes) return;
  let sum: f64 = 0;
  for (let q: usize = POINTERS; q < end; q += 4) sum += <f64>load<f32>(<usize>load<u32>(q) + at);
  const mean = sum / <f64>count;
  let squares: f64 = 0;
  for (let q: usize = POINTERS; q < end; q += 4) {
    const d = <f64>load<f32>(<usize>load<u32>(q) + at) - mean;
    squares += d * d;
  }
  storeOne(out + at, onGrid<T>(f32x4.splat(<f32>(squares / <f64>count)), u, h, p));
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
