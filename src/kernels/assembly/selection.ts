// Finding and keeping entries by magnitude. Patterns of float32 without the sign are ordered as the magnitudes are.

import { PROGRESS } from "./layout";

const MAGNITUDE: u32 = 0x7fffffff;

// @ts-ignore: decorator
@inline
function increment(bins: usize, bin: u32): void {
  const at = bins + ((<usize>bin) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

export function countMagnitudes(values: usize, n: usize, shift: i32, offset: i32, bins: usize, binCount: i32): void {
  const end = values + (n << 2);
  const zero = i32x4.splat(0);
  const last = i32x4.splat(binCount - 1);
  const off = i32x4.splat(offset);
  for (; values + 16 <= end; values += 16) {
    const pattern = v128.and(v128.load(values), i32x4.splat(MAGNITUDE));
    const bin = i32x4.min_s(i32x4.max_s(i32x4.sub(i32x4.shr_u(pattern, shift), off), zero), last);
    increment(bins, i32x4.extract_lane(bin, 0));
    increment(bins, i32x4.extract_lane(bin, 1));
    increment(bins, i32x4.extract_lane(bin, 2));
    increment(bins, i32x4.extract_lane(bin, 3));
  }
  for (; values < end; values += 4) {
    const bin = <i32>((load<u32>(values) & MAGNITUDE) >>> shift) - offset;
    increment(bins, min<i32>(max<i32>(bin, 0), binCount - 1));
  }
}

export function countWithin(values: usize, n: usize, upper: u32, bins: usize): void {
  const end = values + (n << 2);
  const wanted = i32x4.splat(upper);
  for (; values + 16 <= end; values += 16) {
    const pattern = v128.and(v128.load(values), i32x4.splat(MAGNITUDE));
    if (!v128.any_true(i32x4.eq(i32x4.shr_u(pattern, 16), wanted))) continue;
    countOneWithin(i32x4.extract_lane(pattern, 0), upper, bins);
    countOneWithin(i32x4.extract_lane(pattern, 1), upper, bins);
    countOneWithin(i32x4.extract_lane(pattern, 2), upper, bins);
    countOneWithin(i32x4.extract_lane(pattern, 3), upper, bins);
  }
  for (; values < end; values += 4) countOneWithin(load<u32>(values) & MAGNITUDE, upper, bins);
}

// @ts-ignore: decorator
@inline
function countOneWithin(pattern: u32, upper: u32, bins: usize): void {
  if (pattern >>> 16 == upper) increment(bins, pattern & 0xffff);
}

/** Bits of the lanes with this pattern that are kept, given how many came before; at most four. */
function keptTies(ties: i32, seen: u32, from: u32, to: u32): i32 {
  let kept = 0;
  for (let lane = 0; lane < 4; lane++) {
    if (((ties >> lane) & 1) == 0) continue;
    if (seen >= from && seen < to) kept |= 1 << lane;
    seen++;
  }
  return kept;
}

/** All ones in the lanes whose bit is set. */
// @ts-ignore: decorator
@inline
function lanesOf(bits: i32): v128 {
  const own = i32x4(1, 2, 4, 8);
  return i32x4.eq(v128.and(i32x4.splat(bits), own), own);
}

/** Lanes of `ties` to keep. Only at the edges of the range are they told apart one by one. */
// @ts-ignore: decorator
@inline
function resolve(ties: v128, bits: i32, seen: u32, from: u32, to: u32): v128 {
  if (seen >= to || seen + 4 <= from) return i32x4.splat(0);
  if (seen >= from && seen + 4 <= to) return ties;
  return lanesOf(keptTies(bits, seen, from, to));
}

export function keepBand(values: usize, n: usize, low: u32, lowFrom: u32, lowTo: u32, high: u32, highTo: u32): void {
  const end = values + (n << 2);
  const l = i32x4.splat(low);
  const h = i32x4.splat(high);
  let lowSeen = load<u32>(PROGRESS);
  let highSeen = load<u32>(PROGRESS, 4);
  for (; values < end; values += 16) {
    const left = (end - values) >>> 2;
    const v = left >= 4 ? v128.load(values) : loadFew(values, left);
    const sign = v128.and(v, i32x4.splat(~MAGNITUDE));
    const pattern = v128.xor(v, sign);
    let keep = v128.and(i32x4.gt_s(pattern, l), i32x4.lt_s(pattern, h));
    const atLow = i32x4.eq(pattern, l);
    const atHigh = v128.andnot(i32x4.eq(pattern, h), atLow);
    if (v128.any_true(v128.or(atLow, atHigh))) {
      const all = left >= 4 ? 15 : (1 << (<i32>left)) - 1;
      const lowBits = i32x4.bitmask(atLow) & all;
      keep = v128.or(keep, resolve(atLow, lowBits, lowSeen, lowFrom, lowTo));
      lowSeen += popcnt(lowBits);
      const highBits = i32x4.bitmask(atHigh) & all;
      keep = v128.or(keep, resolve(atHigh, highBits, highSeen, 0, highTo));
      highSeen += popcnt(highBits);
    }
    const kept = v128.or(sign, v128.and(pattern, keep));
    if (left >= 4) v128.store(values, kept);
    else storeFew(values, kept, left);
  }
  store<u32>(PROGRESS, lowSeen);
  store<u32>(PROGRESS, highSeen, 4);
}

function loadFew(p: usize, count: usize): v128 {
  let v = v128.load32_zero(p);
  if (count > 1) v = v128.load32_lane(p + 4, v, 1);
  if (count > 2) v = v128.load32_lane(p + 8, v, 2);
  return v;
}

function storeFew(p: usize, v: v128, count: usize): void {
  v128.store32_lane(p, v, 0);
  if (count > 1) v128.store32_lane(p + 4, v, 1);
  if (count > 2) v128.store32_lane(p + 8, v, 2);
}
