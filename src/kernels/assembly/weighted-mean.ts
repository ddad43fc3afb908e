// (sum of w * x) / divisor: each product is exact in float64, the sum is rounded to float32 after each input.

import { almostHalf, one, upperHalf } from "./constants";
import { onGrid, storeOne } from "./grid";
import { POINTERS, WEIGHTS } from "./layout";

// @ts-ignore: decorator
@inline
function joinSingles(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** weight * x + sum for four float32, rounded once. */
// @ts-ignore: decorator
@inline
function addProduct(sum: v128, weight: v128, x: usize): v128 {
  const low = f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x)));
  const high = f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
  const upper = v128.shuffle<i64>(sum, sum, 1, 1);
  return joinSingles(
    f64x2.add(f64x2.promote_low_f32x4(sum), low),
    f64x2.add(f64x2.promote_low_f32x4(upper), high),
  );
}

// @ts-ignore: decorator
@inline
function meanAll<T>(count: i32, divisor: f32, out: usize, n: usize): void {
  const d = f32x4.splat(divisor);
  const divided = divisor != 1;
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const zero = f32x4.splat(0);
  const first = f32x4.splat(<f32>load<f64>(WEIGHTS));
  const pointersEnd: usize = POINTERS + (count << 2);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    const x = <usize>load<u32>(POINTERS) + at;
    // A product that is added to nothing is rounded once; adding 0 takes the minus of a -0.
    let a = f32x4.add(zero, f32x4.mul(first, v128.load(x)));
    let b = f32x4.add(zero, f32x4.mul(first, v128.load(x, 16)));
    let w: usize = WEIGHTS + 8;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 8) {
      const y = <usize>load<u32>(q) + at;
      const weight = v128.load64_splat(w);
      a = addProduct(a, weight, y);
      b = addProduct(b, weight, y + 16);
    }
    if (divided) {
      a = f32x4.div(a, d);
      b = f32x4.div(b, d);
    }
    v128.store(out + at, onGrid<T>(a, u, h, p));
    v128.store(out + at, onGrid<T>(b, u, h, p), 16);
  }
  for (; at < bytes; at += 4) {
    let s: f32 = <f32>load<f64>(WEIGHTS) * load<f32>(<usize>load<u32>(POINTERS) + at) + <f32>0;
    let w: usize = WEIGHTS + 8;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 8) {
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
