// What the divergence of two rows of probabilities is made of, and the importance of changes that follows from it.

import { almostHalf, magnitudeBits, one, signBit, upperHalf } from "./constant-vectors";
import { onGrid } from "./grid";

/** Numbers that `cascade` adds up beside each other, in bytes. */
const WIDTH: usize = 32 << 2;

/** Largest number, NaN if one is. */
export function largest(values: usize, n: usize): f32 {
  const end = values + (n << 2);
  let most = f32x4.splat(-Infinity);
  for (; values + 16 <= end; values += 16) most = f32x4.max(most, v128.load(values));
  for (; values < end; values += 4) most = f32x4.max(most, v128.load32_splat(values));
  const a = max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  return max<f32>(a, max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
}

/** Bins of positive numbers of a 16-bit type, as `binOfPattern` has them; T is u16 for bfloat16, i16 for float16. */
// @ts-ignore: decorator
@inline
function binsOf<T>(v: v128): v128 {
  if (!isSigned<T>()) return i32x4.shr_u(v128.and(v, magnitudeBits()), 16);
  const bin = i32x4.sub(i32x4.shr_u(v128.and(v, magnitudeBits()), 13), i32x4.splat((103 << 10) - 1));
  return i32x4.min_s(i32x4.max_s(bin, i32x4.splat(0)), i32x4.splat((40 << 10) + 1));
}

/** Numbers of a table. */
// @ts-ignore: decorator
@inline
function lookedUp(table: usize, index: v128): v128 {
  let v = v128.load32_zero(table + (<usize>i32x4.extract_lane(index, 0) << 2));
  v = v128.load32_lane(table + (<usize>i32x4.extract_lane(index, 1) << 2), v, 1);
  v = v128.load32_lane(table + (<usize>i32x4.extract_lane(index, 2) << 2), v, 2);
  return v128.load32_lane(table + (<usize>i32x4.extract_lane(index, 3) << 2), v, 3);
}

/** Four terms: ours * log(ours / theirs). */
// @ts-ignore: decorator
@inline
function terms<T>(p: v128, q: v128, share: v128, otherShare: v128, least: v128, logs: usize): v128 {
  const u = one();
  const h = almostHalf();
  const k = upperHalf();
  const ours = onGrid<T>(f32x4.add(onGrid<T>(f32x4.mul(p, share), u, h, k), least), u, h, k);
  const theirs = onGrid<T>(f32x4.add(onGrid<T>(f32x4.mul(q, otherShare), u, h, k), least), u, h, k);
  const ratio = onGrid<T>(f32x4.div(ours, theirs), u, h, k);
  const log = lookedUp(logs, binsOf<T>(ratio));
  const term = onGrid<T>(f32x4.mul(ours, log), u, h, k);
  // what is not a number may have the bin of infinity
  return v128.bitselect(term, ratio, f32x4.eq(ratio, ratio));
}

// @ts-ignore: decorator
@inline
function allTerms<T>(p: usize, q: usize, n: usize, share: f32, otherShare: f32, least: f32, logs: usize): void {
  const s = f32x4.splat(share);
  const o = f32x4.splat(otherShare);
  const l = f32x4.splat(least);
  const end = p + (n << 2);
  for (; p + 16 <= end; p += 16, q += 16) v128.store(p, terms<T>(v128.load(p), v128.load(q), s, o, l, logs));
  for (; p < end; p += 4, q += 4) {
    v128.store32_lane(p, terms<T>(v128.load32_zero(p), v128.load32_zero(q), s, o, l, logs), 0);
  }
}

export function divergenceTermsBF16(p: usize, q: usize, n: usize, share: f32, otherShare: f32, least: f32, logs: usize): void {
  allTerms<u16>(p, q, n, share, otherShare, least, logs);
}

export function divergenceTermsF16(p: usize, q: usize, n: usize, share: f32, otherShare: f32, least: f32, logs: usize): void {
  allTerms<i16>(p, q, n, share, otherShare, least, logs);
}

// @ts-ignore: decorator
@inline
function addLevel(into: usize, from: usize): void {
  for (let at: usize = 0; at < WIDTH; at += 16) {
    v128.store(into + at, f32x4.add(v128.load(into + at), v128.load(from + at)));
    v128.store(from + at, f32x4.splat(0));
  }
}

/**
 * Sums of columns: values [rows, 32], in levels that each take 2^power sums of the one below.
 *
 * @param halves - not 0: values [rows, 64], of which each second group of 8 is first added to the one before.
 * @param levels - [4][32] float32; the first has the sums.
 */
export function cascade(values: usize, rows: usize, power: usize, halves: i32, levels: usize): void {
  for (let at: usize = 0; at < WIDTH << 2; at += 16) v128.store(levels + at, f32x4.splat(0));
  for (let row: usize = 1; row <= rows; row++) {
    for (let at: usize = 0; at < WIDTH; at += 32) {
      let a = v128.load(values);
      let b = v128.load(values, 16);
      values += 32;
      if (halves) {
        a = f32x4.add(a, v128.load(values));
        b = f32x4.add(b, v128.load(values, 16));
        values += 32;
      }
      v128.store(levels + at, f32x4.add(v128.load(levels + at), a));
      v128.store(levels + at, f32x4.add(v128.load(levels + at, 16), b), 16);
    }
    const mask = (<usize>1 << power) - 1;
    for (let level: usize = 1; level < 4 && ((row >>> ((level - 1) * power)) & mask) == 0; level++) {
      addLevel(levels + level * WIDTH, levels + (level - 1) * WIDTH);
    }
  }
  for (let level: usize = 1; level < 4; level++) addLevel(levels, levels + level * WIDTH);
}

/** out = the value where its importance, |values - base| times the divergence, reaches the threshold; else the base. */
// @ts-ignore: decorator
@inline
function taken<T>(value: v128, base: v128, divergence: v128, threshold: v128): v128 {
  const u = one();
  const h = almostHalf();
  const k = upperHalf();
  const change = onGrid<T>(f32x4.sub(value, base), u, h, k);
  const importance = onGrid<T>(f32x4.mul(v128.and(change, magnitudeBits()), divergence), u, h, k);
  const kept = v128.or(f32x4.ge(importance, threshold), signBit());
  return f32x4.add(base, v128.and(change, kept));
}

// @ts-ignore: decorator
@inline
function takeAll<T>(values: usize, base: usize, divergence: f32, threshold: f32, out: usize, n: usize): void {
  const d = f32x4.splat(divergence);
  const t = f32x4.splat(threshold);
  const end = values + (n << 2);
  for (; values + 16 <= end; values += 16, base += 16, out += 16) {
    v128.store(out, taken<T>(v128.load(values), v128.load(base), d, t));
  }
  for (; values < end; values += 4, base += 4, out += 4) {
    v128.store32_lane(out, taken<T>(v128.load32_zero(values), v128.load32_zero(base), d, t), 0);
  }
}

export function takeImportantF32(values: usize, base: usize, divergence: f32, threshold: f32, out: usize, n: usize): void {
  takeAll<f32>(values, base, divergence, threshold, out, n);
}

export function takeImportantBF16(values: usize, base: usize, divergence: f32, threshold: f32, out: usize, n: usize): void {
  takeAll<u16>(values, base, divergence, threshold, out, n);
}

export function takeImportantF16(values: usize, base: usize, divergence: f32, threshold: f32, out: usize, n: usize): void {
  takeAll<i16>(values, base, divergence, threshold, out, n);
}
