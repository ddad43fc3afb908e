// Finding and keeping entries by magnitude. Patterns of float32 without the sign are ordered as the magnitudes are.

import { almostHalf, magnitudeBits, one, upperHalf } from "./constants";
import { loadOne, onGrid } from "./grid";
import { PROGRESS } from "./layout";

/** Of float16 patterns in float32: one less than the upper bits of 2^-24, so that 0 has the first bin. */
const HALF_OFFSET: i32 = (103 << 10) - 1;
/** Magnitudes of float16, and one for infinity and what is not a number. */
const HALF_BINS: i32 = (40 << 10) + 2;

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Addresses of the bins of four magnitudes. */
// @ts-ignore: decorator
@inline
function binsOf<T>(v: v128, bins: v128, mask: v128): v128 {
  if (sizeof<T>() == 4 || !isSigned<T>()) return i32x4.add(v128.and(i32x4.shr_u(v, 14), mask), bins);
  const pattern = i32x4.shr_u(v128.and(v, mask), 13);
  const bin = i32x4.max_s(i32x4.sub(pattern, i32x4.splat(HALF_OFFSET)), i32x4.splat(0));
  return i32x4.add(i32x4.shl(i32x4.min_s(bin, i32x4.splat(HALF_BINS - 1)), 2), bins);
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

// @ts-ignore: decorator
@inline
function countAll<T>(values: usize, bins: usize, n: usize): void {
  const end = values + (n << 2);
  const b = i32x4.splat(<i32>bins);
  const mask = binMask<T>();
  for (; values + 16 <= end; values += 16) countFour(binsOf<T>(v128.load(values), b, mask));
  for (; values < end; values += 4) increment(i32x4.extract_lane(binsOf<T>(loadOne(values), b, mask), 0));
}

export function countMagnitudesF32(values: usize, bins: usize, n: usize): void {
  countAll<f32>(values, bins, n);
}

export function countMagnitudesBF16(values: usize, bins: usize, n: usize): void {
  countAll<u16>(values, bins, n);
}

export function countMagnitudesF16(values: usize, bins: usize, n: usize): void {
  countAll<i16>(values, bins, n);
}

// @ts-ignore: decorator
@inline
function countChanged<T>(values: usize, base: usize, bins: usize, n: usize): void {
  const end = values + (n << 2);
  const b = i32x4.splat(<i32>bins);
  const mask = binMask<T>();
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  for (; values + 16 <= end; values += 16, base += 16) {
    const change = onGrid<T>(f32x4.sub(v128.load(values), v128.load(base)), u, h, p);
    countFour(binsOf<T>(change, b, mask));
  }
  for (; values < end; values += 4, base += 4) {
    const change = onGrid<T>(f32x4.sub(loadOne(values), loadOne(base)), u, h, p);
    increment(i32x4.extract_lane(binsOf<T>(change, b, mask), 0));
  }
}

export function countChangesF32(values: usize, base: usize, bins: usize, n: usize): void {
  countChanged<f32>(values, base, bins, n);
}

export function countChangesBF16(values: usize, base: usize, bins: usize, n: usize): void {
  countChanged<u16>(values, base, bins, n);
}

export function countChangesF16(values: usize, base: usize, bins: usize, n: usize): void {
  countChanged<i16>(values, base, bins, n);
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
  const g = i32x4.splat(high);
  const magnitude = magnitudeBits();
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const single = low == high;
  let lowSeen = load<u32>(PROGRESS);
  let highSeen = load<u32>(PROGRESS, 4);
  let at: usize = 0;
  while (at < bytes) {
    const lowEdge = nextEdge(lowSeen, lowFrom, lowTo);
    const highEdge = nextEdge(highSeen, 0, highTo);
    const keepLow = lowSeen >= lowFrom && lowSeen < lowTo;
    const keepHigh = single ? keepLow : highSeen < highTo;
    const above = i32x4.splat(low - i32(keepLow));
    const below = i32x4.splat(keepHigh && high != i32.MAX_VALUE ? high + 1 : high);
    const counts = lowEdge != u32.MAX_VALUE || highEdge != u32.MAX_VALUE;
    for (; at + 16 <= bytes && lowEdge - lowSeen >= 4 && highEdge - highSeen >= 4; at += 16) {
      let v = v128.load(values + at);
      if (sizeof<C>() == 1) v = onGrid<T>(f32x4.sub(v, v128.load(base + at)), u, h, p);
      const pattern = v128.and(v, magnitude);
      const keep = v128.and(i32x4.gt_s(pattern, above), i32x4.lt_s(pattern, below));
      v128.store(out + at, v128.and(v, v128.or(keep, v128.not(magnitude))));
      if (counts) {
        lowSeen += popcnt(i32x4.bitmask(i32x4.eq(pattern, l)));
        if (!single) highSeen += popcnt(i32x4.bitmask(i32x4.eq(pattern, g)));
      }
    }
    for (let k = 0; k < 4 && at < bytes; k++, at += 4) {
      const v = valueAt<T, C>(values + at, base + at);
      const bits = i32x4.extract_lane(v, 0);
      const pattern = bits & i32.MAX_VALUE;
      let keep = pattern > low && pattern < high;
      if (pattern == low) {
        keep = lowSeen >= lowFrom && lowSeen < lowTo;
        lowSeen++;
      } else if (pattern == high) {
        keep = highSeen < highTo;
        highSeen++;
      }
      store<i32>(out + at, keep ? bits : bits & i32.MIN_VALUE);
    }
  }
  store<u32>(PROGRESS, lowSeen);
  store<u32>(PROGRESS, highSeen, 4);
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
