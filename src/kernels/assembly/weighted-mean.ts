// Means of the inputs. The weighted one is (sum of w * x) / divisor: each product is added to the sum with one rounding.

import { almostHalf, one, upperHalf } from "./constant-vectors";
import { fuses, multiplyAdd } from "./fused";
import { loadOne, onGrid, storeOne } from "./grid";
import { POINTERS, WEIGHTS } from "./layout";

/** P says how `multiplyAdd` works, D is i8 where the divisor is 1. */
// @ts-ignore: decorator
@inline
function meanAll<T, P, D>(count: i32, divisor: f32, out: usize, n: usize): void {
  const d = f32x4.splat(divisor);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const zero = f32x4.splat(0);
  const first = f32x4.splat(load<f32>(WEIGHTS));
  const pointersEnd: usize = POINTERS + (count << 2);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    const x = <usize>load<u32>(POINTERS) + at;
    // A product that is added to nothing is rounded once; adding 0 takes the minus of a -0.
    let a = f32x4.add(zero, f32x4.mul(first, v128.load(x)));
    let b = f32x4.add(zero, f32x4.mul(first, v128.load(x, 16)));
    let w: usize = WEIGHTS + 4;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 4) {
      const y = <usize>load<u32>(q) + at;
      const weight = f32x4.splat(load<f32>(w));
      a = multiplyAdd<P>(weight, v128.load(y), a);
      b = multiplyAdd<P>(weight, v128.load(y, 16), b);
    }
    if (sizeof<D>() != 1) {
      a = f32x4.div(a, d);
      b = f32x4.div(b, d);
    }
    v128.store(out + at, onGrid<T>(a, u, h, p));
    v128.store(out + at, onGrid<T>(b, u, h, p), 16);
  }
  for (; at < bytes; at += 4) {
    let a = f32x4.add(zero, f32x4.mul(first, loadOne(<usize>load<u32>(POINTERS) + at)));
    let w: usize = WEIGHTS + 4;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 4) {
      a = multiplyAdd<P>(f32x4.splat(load<f32>(w)), loadOne(<usize>load<u32>(q) + at), a);
    }
    storeOne(out + at, onGrid<T>(f32x4.div(a, d), u, h, p));
  }
}

// @ts-ignore: decorator
@inline
function mean<T>(count: i32, divisor: f32, out: usize, n: usize): void {
  if (!fuses()) meanAll<T, i16, i16>(count, divisor, out, n);
  else if (divisor == 1) meanAll<T, i8, i8>(count, divisor, out, n);
  else meanAll<T, i8, i16>(count, divisor, out, n);
}

export function weightedMeanF32(count: i32, divisor: f32, out: usize, n: usize): void {
  mean<f32>(count, divisor, out, n);
}

export function weightedMeanBF16(count: i32, divisor: f32, out: usize, n: usize): void {
  mean<u16>(count, divisor, out, n);
}

export function weightedMeanF16(count: i32, divisor: f32, out: usize, n: usize): void {
  mean<i16>(count, divisor, out, n);
}

/** The same in float64, as on a processor that does not fuse: gives the same bits. */
export function weightedMeanUnfusedF32(count: i32, divisor: f32, out: usize, n: usize): void {
  meanAll<f32, i16, i16>(count, divisor, out, n);
}

/** t * mean + rest * base, each step rounded, where the sum of the inputs is given. */
// @ts-ignore: decorator
@inline
function towards<T>(sum: v128, base: v128, c: v128, t: v128, rest: v128, u: v128, h: v128, p: v128): v128 {
  const mean = onGrid<T>(f32x4.div(sum, c), u, h, p);
  const far = onGrid<T>(f32x4.mul(t, mean), u, h, p);
  return onGrid<T>(f32x4.add(far, onGrid<T>(f32x4.mul(rest, base), u, h, p)), u, h, p);
}

// @ts-ignore: decorator
@inline
function towardsAll<T>(count: i32, share: f32, restShare: f32, base: usize, out: usize, n: usize): void {
  const c = f32x4.splat(<f32>count);
  const t = f32x4.splat(share);
  const rest = f32x4.splat(restShare);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const pointersEnd: usize = POINTERS + (count << 2);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    const x = <usize>load<u32>(POINTERS) + at;
    let a = v128.load(x);
    let b = v128.load(x, 16);
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4) {
      const y = <usize>load<u32>(q) + at;
      a = onGrid<T>(f32x4.add(a, v128.load(y)), u, h, p);
      b = onGrid<T>(f32x4.add(b, v128.load(y, 16)), u, h, p);
    }
    a = towards<T>(a, v128.load(base + at), c, t, rest, u, h, p);
    b = towards<T>(b, v128.load(base + at, 16), c, t, rest, u, h, p);
    v128.store(out + at, a);
    v128.store(out + at, b, 16);
  }
  for (; at < bytes; at += 4) {
    let a = loadOne(<usize>load<u32>(POINTERS) + at);
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4) {
      a = onGrid<T>(f32x4.add(a, loadOne(<usize>load<u32>(q) + at)), u, h, p);
    }
    storeOne(out + at, towards<T>(a, loadOne(base + at), c, t, rest, u, h, p));
  }
}

export function towardsMeanF32(count: i32, t: f32, rest: f32, base: usize, out: usize, n: usize): void {
  towardsAll<f32>(count, t, rest, base, out, n);
}

export function towardsMeanBF16(count: i32, t: f32, rest: f32, base: usize, out: usize, n: usize): void {
  towardsAll<u16>(count, t, rest, base, out, n);
}

export function towardsMeanF16(count: i32, t: f32, rest: f32, base: usize, out: usize, n: usize): void {
  towardsAll<i16>(count, t, rest, base, out, n);
}
