// Changes to a base, added up plainly or by vote.

import { onGrid } from "./grid";
import { POINTERS, TERMS, WEIGHTS } from "./layout";

/** Loads four floats, or one where less than four are left. */
// @ts-ignore: decorator
@inline
function loadPart(p: usize, whole: bool): v128 {
  return whole ? v128.load(p) : v128.load32_zero(p);
}

/** base + lambda * mean. */
// @ts-ignore: decorator
@inline
function finish<T>(base: v128, merged: v128, lambda: f32): v128 {
  let m = merged;
  if (lambda != 1) m = onGrid<T>(f32x4.mul(m, f32x4.splat(lambda)));
  return onGrid<T>(f32x4.add(base, m));
}

// @ts-ignore: decorator
@inline
function plainStep<T>(end: usize, at: usize, whole: bool): v128 {
  let sum = f32x4.splat(0);
  let w: usize = WEIGHTS;
  for (let p: usize = POINTERS; p < end; p += 4, w += 8) {
    const weight = f32x4.splat(<f32>load<f64>(w));
    sum = f32x4.add(sum, onGrid<T>(f32x4.mul(loadPart(<usize>load<u32>(p) + at, whole), weight)));
  }
  return onGrid<T>(sum);
}

// @ts-ignore: decorator
@inline
function plainAll<T>(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  const end: usize = POINTERS + (count << 2);
  const d = f32x4.splat(divisor);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    let m = plainStep<T>(end, at, true);
    if (divisor != 1) m = onGrid<T>(f32x4.div(m, d));
    v128.store(out + at, finish<T>(v128.load(base + at), m, lambda));
  }
  for (; at < bytes; at += 4) {
    let m = plainStep<T>(end, at, false);
    if (divisor != 1) m = onGrid<T>(f32x4.div(m, d));
    v128.store32_lane(out + at, finish<T>(v128.load32_zero(base + at), m, lambda), 0);
  }
}

export function sumChangesF32(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  plainAll<f32>(count, divisor, lambda, base, out, n);
}

export function sumChangesBF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  plainAll<u16>(count, divisor, lambda, base, out, n);
}

export function sumChangesF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  plainAll<i16>(count, divisor, lambda, base, out, n);
}

// @ts-ignore: decorator
@inline
function voteStep<T>(end: usize, at: usize, normalize: bool, whole: bool): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  let votes = zero;
  let w: usize = WEIGHTS;
  let t: usize = TERMS;
  for (let p: usize = POINTERS; p < end; p += 4, w += 8, t += 16) {
    const weight = f32x4.splat(<f32>load<f64>(w));
    const term = onGrid<T>(f32x4.mul(loadPart(<usize>load<u32>(p) + at, whole), weight));
    v128.store(t, term);
    votes = f32x4.add(votes, term);
  }
  const plus = f32x4.ge(onGrid<T>(votes), zero);

  let sum = zero;
  let mass = zero;
  w = WEIGHTS;
  t = TERMS;
  for (let p: usize = POINTERS; p < end; p += 4, w += 8, t += 16) {
    const term = v128.load(t);
    const agrees = v128.and(v128.bitselect(f32x4.gt(term, zero), f32x4.lt(term, zero), plus), one);
    sum = f32x4.add(sum, f32x4.mul(term, agrees));
    mass = f32x4.add(mass, f32x4.mul(f32x4.splat(<f32>load<f64>(w)), agrees));
  }
  sum = onGrid<T>(sum);
  if (!normalize) return sum;
  mass = onGrid<T>(mass);
  mass = v128.bitselect(one, mass, f32x4.eq(mass, zero));
  return onGrid<T>(f32x4.div(sum, mass));
}

// @ts-ignore: decorator
@inline
function voteAll<T>(count: i32, normalize: bool, lambda: f32, base: usize, out: usize, n: usize): void {
  const end: usize = POINTERS + (count << 2);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    v128.store(out + at, finish<T>(v128.load(base + at), voteStep<T>(end, at, normalize, true), lambda));
  }
  for (; at < bytes; at += 4) {
    const merged = finish<T>(v128.load32_zero(base + at), voteStep<T>(end, at, normalize, false), lambda);
    v128.store32_lane(out + at, merged, 0);
  }
}

export function voteChangesF32(count: i32, normalize: bool, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<f32>(count, normalize, lambda, base, out, n);
}

export function voteChangesBF16(count: i32, normalize: bool, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<u16>(count, normalize, lambda, base, out, n);
}

export function voteChangesF16(count: i32, normalize: bool, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<i16>(count, normalize, lambda, base, out, n);
}
