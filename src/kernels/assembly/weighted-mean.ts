// (sum of w * x) / divisor: each product is exact in float64, the sum is rounded to float32 after each input.

import { almostHalf, one, upperHalf } from "./constants";
import { onGrid, storeOne } from "./grid";
import { POINTERS, WEIGHTS } from "./layout";

/** Rounds two float64 to float32 and back. */
// @ts-ignore: decorator
@inline
function toSingle(v: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(v));
}

// @ts-ignore: decorator
@inline
function joinSingles(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

// @ts-ignore: decorator
@inline
function meanAll<T>(count: i32, divisor: f32, out: usize, n: usize): void {
  const d = f32x4.splat(divisor);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const pointersEnd: usize = POINTERS + (count << 2);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let w: usize = WEIGHTS;
    for (let q: usize = POINTERS; q < pointersEnd; q += 4, w += 8) {
      const x = <usize>load<u32>(q) + at;
      const weight = v128.load64_splat(w);
      s0 = toSingle(f64x2.add(s0, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x)))));
      s1 = toSingle(f64x2.add(s1, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)))));
      s2 = toSingle(f64x2.add(s2, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)))));
      s3 = toSingle(f64x2.add(s3, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)))));
    }
    v128.store(out + at, onGrid<T>(f32x4.div(joinSingles(s0, s1), d), u, h, p));
    v128.store(out + at, onGrid<T>(f32x4.div(joinSingles(s2, s3), d), u, h, p), 16);
  }
  for (; at < bytes; at += 4) {
    let s: f32 = 0;
    let w: usize = WEIGHTS;
    for (let q: usize = POINTERS; q < pointersEnd; q += 4, w += 8) {
      s = <f32>(<f64>s + load<f64>(w) * <f64>load<f32>(<usize>load<u32>(q) + at));
    }
    storeOne(out + at, onGrid<T>(f32x4.splat(s / divisor), u, h, p));
  }
}

export function weightedMeanF32(count: i32, divisor: f32, out: usize, n: usize): void {
  meanAll<f32>(count, divisor, out, n);
}

export function weightedMeanBF16(count: i32, divisor: f32, out: usize, n: usize): void {
  meanAll<u16>(count, divisor, out, n);
}

export function weightedMeanF16(count: i32, divisor: f32, out: usize, n: usize): void {
  meanAll<i16>(count, divisor, out, n);
}
