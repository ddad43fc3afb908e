// Finding and keeping entries by magnitude. Patterns of float32 without the sign are ordered as the magnitudes are.

import { almostHalf, magnitudeBits, one, upperHalf } from "./constants";
import { loadOne, onGrid, storeOne } from "./grid";
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

/** C is i8 where the values are changes to a base, i16 where they are taken as they are. */
// @ts-ignore: decorator
@inline
function keepAll<T, C>(
  values: usize, base: usize, out: usize, n: usize,
  low: u32, lowFrom: u32, lowTo: u32, high: u32, highTo: u32,
): void {
  const bytes = n << 2;
  const l = i32x4.splat(low);
  const g = i32x4.splat(high);
  const magnitude = magnitudeBits();
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  let lowSeen = load<u32>(PROGRESS);
  let highSeen = load<u32>(PROGRESS, 4);
  let at: usize = 0;
  for (; at < bytes;) {
    const whole = at + 16 <= bytes;
    let v = whole ? v128.load(values + at) : loadOne(values + at);
    if (sizeof<C>() == 1) {
      const b = whole ? v128.load(base + at) : loadOne(base + at);
      v = onGrid<T>(f32x4.sub(v, b), u, h, p);
    }
    const pattern = v128.and(v, magnitude);
    let keep = v128.and(i32x4.gt_s(pattern, l), i32x4.lt_s(pattern, g));
    const atLow = i32x4.eq(pattern, l);
    const atHigh = i32x4.eq(pattern, g);
    if (v128.any_true(v128.or(atLow, atHigh))) {
      const all = whole ? 15 : 1;
      const lowBits = i32x4.bitmask(atLow) & all;
      keep = v128.or(keep, resolve(atLow, lowBits, lowSeen, lowFrom, lowTo));
      lowSeen += popcnt(lowBits);
      if (low != high) {
        const highBits = i32x4.bitmask(atHigh) & all;
        keep = v128.or(keep, resolve(atHigh, highBits, highSeen, 0, highTo));
        highSeen += popcnt(highBits);
      }
    }
    const kept = v128.and(v, v128.or(keep, v128.not(magnitude)));
    if (whole) {
      v128.store(out + at, kept);
      at += 16;
    } else {
      storeOne(out + at, kept);
      at += 4;
    }
  }
  store<u32>(PROGRESS, lowSeen);
  store<u32>(PROGRESS, highSeen, 4);
}

export function keepBand(
  values: usize, n: usize, low: u32, lowFrom: u32, lowTo: u32, high: u32, highTo: u32,
): void {
  keepAll<f32, i16>(values, values, values, n, low, lowFrom, lowTo, high, highTo);
}

export function keepChangesF32(
  values: usize, base: usize, out: usize, n: usize, low: u32, lowFrom: u32, lowTo: u32, high: u32, highTo: u32,
): void {
  keepAll<f32, i8>(values, base, out, n, low, lowFrom, lowTo, high, highTo);
}

export function keepChangesBF16(
  values: usize, base: usize, out: usize, n: usize, low: u32, lowFrom: u32, lowTo: u32, high: u32, highTo: u32,
): void {
  keepAll<u16, i8>(values, base, out, n, low, lowFrom, lowTo, high, highTo);
}

export function keepChangesF16(
  values: usize, base: usize, out: usize, n: usize, low: u32, lowFrom: u32, lowTo: u32, high: u32, highTo: u32,
): void {
  keepAll<i16, i8>(values, base, out, n, low, lowFrom, lowTo, high, highTo);
}
