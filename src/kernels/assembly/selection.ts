// Finding and keeping entries by magnitude. Patterns of float32 without the sign are ordered as the magnitudes are.

import { almostHalf, magnitudeBits, one, signBit, upperHalf } from "./constant-vectors";
import { loadOne, onGrid } from "./grid";
import { PROGRESS, TERMS } from "./layout";

/** Of float16 patterns in float32: one less than the upper bits of 2^-24, so that 0 has the first bin. */
const HALF_OFFSET: i32 = (103 << 10) - 1;
/** Magnitudes of float16, and one for infinity and what is not a number. */
const HALF_BINS: i32 = (40 << 10) + 2;

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Of four magnitudes: how far their bins are from the first one, which is that of 0. */
// @ts-ignore: decorator
@inline
function binsOf<T>(v: v128, mask: v128): v128 {
  if (sizeof<T>() == 4 || !isSigned<T>()) return v128.and(i32x4.shr_u(v, 14), mask);
  const pattern = i32x4.shr_u(v128.and(v, mask), 13);
  const bin = i32x4.max_s(i32x4.sub(pattern, i32x4.splat(HALF_OFFSET)), i32x4.splat(0));
  return i32x4.shl(i32x4.min_s(bin, i32x4.splat(HALF_BINS - 1)), 2);
}

// @ts-ignore: decorator
@inline
function binMask<T>(): v128 {
  if (sizeof<T>() == 4 || !isSigned<T>()) return i32x4.splat(0x7fff << 2);
  return magnitudeBits();
}

// @ts-ignore: decorator
@inline
function countFour(addresses: v128): void {
  const low = i64x2.extract_lane(addresses, 0);
  const high = i64x2.extract_lane(addresses, 1);
  increment(<usize>low);
  increment(<usize>(low >>> 32));
  increment(<usize>high);
  increment(<usize>(high >>> 32));
}

/** The places after four places of the ring of counters that nobody reads; see `countAll`. */
// @ts-ignore: decorator
@inline
function nextUnread(places: v128): v128 {
  return v128.and(i32x4.add(places, i32x4.splat(16)), i32x4.splat(TERMS + 1023));
}

/**
 * C is i8 where changes to a base are counted, i16 where values are taken as they are.
 *
 * Many changes are 0, and a processor that counts one bin again and again waits each time for the count before. So what
 * is 0 is counted in a vector, and its place among the bins is taken by counters that nobody reads.
 */
// @ts-ignore: decorator
@inline
function countAll<T, C>(values: usize, base: usize, bins: usize, n: usize): void {
  const end = values + (n << 2);
  const b = i32x4.splat(<i32>bins);
  const mask = binMask<T>();
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const none = i32x4.splat(0);
  let zeros = none;
  let unread = i32x4(TERMS, TERMS + 4, TERMS + 8, TERMS + 12);
  for (; values + 16 <= end; values += 16, base += 16) {
    let v = v128.load(values);
    if (sizeof<C>() == 1) v = onGrid<T>(f32x4.sub(v, v128.load(base)), u, h, p);
    const bin = binsOf<T>(v, mask);
    const zero = i32x4.eq(bin, none);
    zeros = i32x4.sub(zeros, zero);
    countFour(v128.bitselect(unread, i32x4.add(bin, b), zero));
    unread = nextUnread(unread);
  }
  store<u32>(bins, load<u32>(bins) + sumOfLanes(zeros));
  for (; values < end; values += 4, base += 4) {
    let v = loadOne(values);
    if (sizeof<C>() == 1) v = onGrid<T>(f32x4.sub(v, loadOne(base)), u, h, p);
    increment(bins + <usize>i32x4.extract_lane(binsOf<T>(v, mask), 0));
  }
}

export function countMagnitudesF32(values: usize, bins: usize, n: usize): void {
  countAll<f32, i16>(values, values, bins, n);
}

export function countMagnitudesBF16(values: usize, bins: usize, n: usize): void {
  countAll<u16, i16>(values, values, bins, n);
}

export function countMagnitudesF16(values: usize, bins: usize, n: usize): void {
  countAll<i16, i16>(values, values, bins, n);
}

export function countChangesF32(values: usize, base: usize, bins: usize, n: usize): void {
  countAll<f32, i8>(values, base, bins, n);
}

export function countChangesBF16(values: usize, base: usize, bins: usize, n: usize): void {
  countAll<u16, i8>(values, base, bins, n);
}

export function countChangesF16(values: usize, base: usize, bins: usize, n: usize): void {
  countAll<i16, i8>(values, base, bins, n);
}

export function countWithin(values: usize, n: usize, upper: u32, bins: usize): void {
  const end = values + (n << 2);
  const wanted = i32x4.splat(upper);
  const magnitude = magnitudeBits();
  for (; values + 16 <= end; values += 16) {
    const pattern = v128.and(v128.load(values), magnitude);
    if (!v128.any_true(i32x4.eq(i32x4.shr_u(pattern, 16), wanted))) continue;
    countOneWithin(i32x4.extract_lane(pattern, 0), upper, bins);
    countOneWithin(i32x4.extract_lane(pattern, 1), upper, bins);
    countOneWithin(i32x4.extract_lane(pattern, 2), upper, bins);
    countOneWithin(i32x4.extract_lane(pattern, 3), upper, bins);
  }
  for (; values < end; values += 4) countOneWithin(load<u32>(values) & 0x7fffffff, upper, bins);
}

// @ts-ignore: decorator
@inline
function countOneWithin(pattern: u32, upper: u32, bins: usize): void {
  if (pattern >>> 16 == upper) increment(bins + ((<usize>pattern & 0xffff) << 2));
}

/** One element of a change, or of the values as they are. */
// @ts-ignore: decorator
@inline
function valueAt<T, C>(values: usize, base: usize): v128 {
  const v = loadOne(values);
  if (sizeof<C>() != 1) return v;
  return onGrid<T>(f32x4.sub(v, loadOne(base)), one(), almostHalf(), upperHalf());
}

/** The next ordinal at which what becomes of ties changes. */
// @ts-ignore: decorator
@inline
function nextEdge(seen: u32, from: u32, to: u32): u32 {
  if (seen < from) return from;
  return seen < to ? to : u32.MAX_VALUE;
}

/** Bytes of a run: ties are added up at its end. */
const RUN: usize = 256;

/** Elements of a run, all of which may be ties. */
const RUN_ELEMENTS: u32 = 64;

// @ts-ignore: decorator
@inline
function sumOfLanes(v: v128): u32 {
  const pair = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(pair, 0) + i32x4.extract_lane(pair, 1);
}

/**
 * Four elements: what is kept of them, with the signs of the rest. U is i8 where there is no upper limit.
 */
// @ts-ignore: decorator
@inline
function kept<U>(v: v128, pattern: v128, above: v128, below: v128, sign: v128): v128 {
  let keep = i32x4.gt_s(pattern, above);
  if (sizeof<U>() != 1) keep = v128.and(keep, i32x4.lt_s(pattern, below));
  return v128.and(v, v128.or(keep, sign));
}

/** How many elements of a run have a magnitude. */
// @ts-ignore: decorator
@inline
function tiesInRun<T, C>(values: usize, base: usize, wanted: v128): u32 {
  let ties = i32x4.splat(0);
  for (let at: usize = 0; at < RUN; at += 16) {
    let v = v128.load(values + at);
    if (sizeof<C>() == 1) v = onGrid<T>(f32x4.sub(v, v128.load(base + at)), one(), almostHalf(), upperHalf());
    ties = i32x4.sub(ties, i32x4.eq(v128.and(v, magnitudeBits()), wanted));
  }
  return sumOfLanes(ties);
}

/**
 * Keeps runs in which all ties have the same fate, up to one in which they do not. Counts ties into PROGRESS.
 *
 * @returns how many bytes were done.
 */
// @ts-ignore: decorator
@inline
function keepRuns<T, C, U>(
  values: usize, base: usize, out: usize, bytes: usize,
  above: v128, below: v128, l: v128, g: v128, lowLeft: u32, highLeft: u32,
): usize {
  const magnitude = magnitudeBits();
  const sign = signBit();
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  let lowSeen: u32 = 0;
  let highSeen: u32 = 0;
  let at: usize = 0;
  while (at + RUN <= bytes) {
    if (lowLeft - lowSeen < RUN_ELEMENTS && tiesInRun<T, C>(values + at, base + at, l) > lowLeft - lowSeen) break;
    if (highLeft - highSeen < RUN_ELEMENTS && tiesInRun<T, C>(values + at, base + at, g) > highLeft - highSeen) break;
    let lows = i32x4.splat(0);
    let lows1 = lows;
    let highs = lows;
    let highs1 = lows;
    for (const end = at + RUN; at < end; at += 32) {
      let v = v128.load(values + at);
      let w = v128.load(values + at, 16);
      if (sizeof<C>() == 1) {
        v = onGrid<T>(f32x4.sub(v, v128.load(base + at)), u, h, p);
        w = onGrid<T>(f32x4.sub(w, v128.load(base + at, 16)), u, h, p);
      }
      const pattern = v128.and(v, magnitude);
      const pattern1 = v128.and(w, magnitude);
      v128.store(out + at, kept<U>(v, pattern, above, below, sign));
      v128.store(out + at, kept<U>(w, pattern1, above, below, sign), 16);
      lows = i32x4.sub(lows, i32x4.eq(pattern, l));
      lows1 = i32x4.sub(lows1, i32x4.eq(pattern1, l));
      if (sizeof<U>() != 1) {
        highs = i32x4.sub(highs, i32x4.eq(pattern, g));
        highs1 = i32x4.sub(highs1, i32x4.eq(pattern1, g));
      }
    }
    lowSeen += sumOfLanes(i32x4.add(lows, lows1));
    highSeen += sumOfLanes(i32x4.add(highs, highs1));
  }
  store<u32>(PROGRESS, load<u32>(PROGRESS) + lowSeen);
  store<u32>(PROGRESS, load<u32>(PROGRESS, 4) + highSeen, 4);
  return at;
}

/**
 * C is i8 where the values are changes to a base, i16 where they are taken as they are.
 *
 * While no edge of a range of ties is near, all ties have the same fate, and two comparisons decide on four elements.
 */
// @ts-ignore: decorator
@inline
function keepAll<T, C>(
  values: usize, base: usize, out: usize, n: usize,
  low: i32, lowFrom: u32, lowTo: u32, high: i32, highTo: u32,
): void {
  const bytes = n << 2;
  const l = i32x4.splat(low);
  const single = low == high;
  // Ties of a single magnitude count as the lower one's.
  const g = i32x4.splat(single ? -1 : high);
  let at: usize = 0;
  while (at < bytes) {
    const lowSeen = load<u32>(PROGRESS);
    const highSeen = load<u32>(PROGRESS, 4);
    const lowLeft = nextEdge(lowSeen, lowFrom, lowTo) - lowSeen;
    const highLeft = nextEdge(highSeen, 0, highTo) - highSeen;
    const keepLow = lowSeen >= lowFrom && lowSeen < lowTo;
    const keepHigh = single ? keepLow : highSeen < highTo;
    const above = i32x4.splat(low - i32(keepLow));
    const below = i32x4.splat(high + i32(keepHigh && high != i32.MAX_VALUE));
    at += high == i32.MAX_VALUE
      ? keepRuns<T, C, i8>(values + at, base + at, out + at, bytes - at, above, below, l, g, lowLeft, highLeft)
      : keepRuns<T, C, i16>(values + at, base + at, out + at, bytes - at, above, below, l, g, lowLeft, highLeft);
    for (const end = min<usize>(at + RUN, bytes); at < end; at += 4) {
      store<i32>(out + at, keepOne(valueAt<T, C>(values + at, base + at), low, lowFrom, lowTo, high, highTo));
    }
  }
}

/** One element, counted into PROGRESS if it is a tie. */
function keepOne(v: v128, low: i32, lowFrom: u32, lowTo: u32, high: i32, highTo: u32): i32 {
  const bits = i32x4.extract_lane(v, 0);
  const pattern = bits & i32.MAX_VALUE;
  let keep = pattern > low && (pattern < high || high == i32.MAX_VALUE);
  if (pattern == low) {
    const seen = load<u32>(PROGRESS);
    keep = seen >= lowFrom && seen < lowTo;
    store<u32>(PROGRESS, seen + 1);
  } else if (pattern == high && high != i32.MAX_VALUE) {
    const seen = load<u32>(PROGRESS, 4);
    keep = seen < highTo;
    store<u32>(PROGRESS, seen + 1, 4);
  }
  return keep ? bits : bits & i32.MIN_VALUE;
}

export function keepBand(
  values: usize, n: usize, low: i32, lowFrom: u32, lowTo: u32, high: i32, highTo: u32,
): void {
  keepAll<f32, i16>(values, values, values, n, low, lowFrom, lowTo, high, highTo);
}

export function keepChangesF32(
  values: usize, base: usize, out: usize, n: usize, low: i32, lowFrom: u32, lowTo: u32, high: i32, highTo: u32,
): void {
  keepAll<f32, i8>(values, base, out, n, low, lowFrom, lowTo, high, highTo);
}

export function keepChangesBF16(
  values: usize, base: usize, out: usize, n: usize, low: i32, lowFrom: u32, lowTo: u32, high: i32, highTo: u32,
): void {
  keepAll<u16, i8>(values, base, out, n, low, lowFrom, lowTo, high, highTo);
}

export function keepChangesF16(
  values: usize, base: usize, out: usize, n: usize, low: i32, lowFrom: u32, lowTo: u32, high: i32, highTo: u32,
): void {
  keepAll<i16, i8>(values, base, out, n, low, lowFrom, lowTo, high, highTo);
}

/** Zeroes the values whose mark is 0; signs stay. */
export function keepWhere(values: usize, marks: usize, n: usize): void {
  const end = values + (n << 2);
  const zero = f32x4.splat(0);
  const magnitude = magnitudeBits();
  for (; values + 16 <= end; values += 16, marks += 16) {
    const keep = v128.or(f32x4.ne(v128.load(marks), zero), v128.not(magnitude));
    v128.store(values, v128.and(v128.load(values), keep));
  }
  for (; values < end; values += 4, marks += 4) {
    const keep = v128.or(f32x4.ne(loadOne(marks), zero), v128.not(magnitude));
    v128.store32_lane(values, v128.and(loadOne(values), keep), 0);
  }
}
