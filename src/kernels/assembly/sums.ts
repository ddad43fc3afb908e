// Sums in float64 that do not depend on how an array was cut: element i of the whole goes to lane i mod 8, in order.

import { almostHalf, magnitudeBits, one, upperHalf } from "./constant-vectors";
import { loadOne, onGrid } from "./grid";

/** Elements that are added up in float32. */
const GROUP: usize = 128;

// @ts-ignore: decorator
@inline
function term<K>(a: f64, b: f64): f64 {
  if (sizeof<K>() == 4) return a;
  return a * b;
}

// @ts-ignore: decorator
@inline
function terms<K>(a: v128, b: v128): v128 {
  if (sizeof<K>() == 4) return a;
  return f64x2.mul(a, b);
}

/** K is i16 for products, i32 for the values themselves. */
// @ts-ignore: decorator
@inline
function sumAll<K>(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  const end = a + (n << 2);
  let lane = <usize>(start & 7);
  for (; lane != 0 && a < end; a += 4, b += 4, lane = (lane + 1) & 7) addOne<K>(lanes, lane, a, b);
  let s0 = v128.load(lanes);
  let s1 = v128.load(lanes, 16);
  let s2 = v128.load(lanes, 32);
  let s3 = v128.load(lanes, 48);
  for (; a + 32 <= end; a += 32, b += 32) {
    s0 = f64x2.add(s0, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a)), f64x2.promote_low_f32x4(v128.load64_zero(b))));
    s1 = f64x2.add(s1, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a, 8)), f64x2.promote_low_f32x4(v128.load64_zero(b, 8))));
    s2 = f64x2.add(s2, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a, 16)), f64x2.promote_low_f32x4(v128.load64_zero(b, 16))));
    s3 = f64x2.add(s3, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a, 24)), f64x2.promote_low_f32x4(v128.load64_zero(b, 24))));
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  v128.store(lanes, s2, 32);
  v128.store(lanes, s3, 48);
  for (; a < end; a += 4, b += 4, lane = (lane + 1) & 7) addOne<K>(lanes, lane, a, b);
}

// @ts-ignore: decorator
@inline
function addOne<K>(lanes: usize, lane: usize, a: usize, b: usize): void {
  const at = lanes + (lane << 3);
  store<f64>(at, load<f64>(at) + term<K>(<f64>load<f32>(a), <f64>load<f32>(b)));
}

/** Adds the four float32 of a group to their partial sums. */
// @ts-ignore: decorator
@inline
function addGroup(lanes: usize, group: v128): void {
  v128.store(lanes, f64x2.add(v128.load(lanes), f64x2.promote_low_f32x4(group)));
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(group, group, 1, 1));
  v128.store(lanes, f64x2.add(v128.load(lanes, 16), high), 16);
}

/** Of two whole groups, side by side: a sum waits for the one before. */
// @ts-ignore: decorator
@inline
function addTwoGroups(lanes: usize, values: usize): void {
  const magnitude = magnitudeBits();
  let low = f32x4.splat(0);
  let high = low;
  let low1 = low;
  let high1 = low;
  for (const end = values + (GROUP << 2); values < end; values += 32) {
    low = f32x4.add(low, v128.and(magnitude, v128.load(values)));
    high = f32x4.add(high, v128.and(magnitude, v128.load(values, 16)));
    low1 = f32x4.add(low1, v128.and(magnitude, v128.load(values + (GROUP << 2))));
    high1 = f32x4.add(high1, v128.and(magnitude, v128.load(values + (GROUP << 2), 16)));
  }
  addGroup(lanes, low);
  addGroup(lanes + 32, high);
  addGroup(lanes, low1);
  addGroup(lanes + 32, high1);
}

/** @param start - place of the first value in its group. The float32 of a group lie behind the eight sums. */
export function addMagnitudes(lanes: usize, start: u32, values: usize, n: usize): void {
  const zero = f32x4.splat(0);
  const group = lanes + 64;
  let place = <usize>start;
  while (n > 0) {
    for (; place == 0 && n >= 2 * GROUP; n -= 2 * GROUP, values += GROUP << 3) addTwoGroups(lanes, values);
    const end = min<usize>(GROUP, place + n);
    n -= end - place;
    for (; place < end; place++, values += 4) {
      const at = group + ((place & 7) << 2);
      store<f32>(at, load<f32>(at) + abs<f32>(load<f32>(values)));
    }
    if (place == GROUP) {
      addGroup(lanes, v128.load(group));
      addGroup(lanes + 32, v128.load(group, 16));
      v128.store(group, zero);
      v128.store(group, zero, 16);
      place = 0;
    }
  }
}

export function addValues(lanes: usize, start: u32, values: usize, n: usize): void {
  sumAll<i32>(lanes, start, values, values, n);
}

export function addProducts(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  sumAll<i16>(lanes, start, a, b, n);
}

// @ts-ignore: decorator
@inline
function upperTwo(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

// @ts-ignore: decorator
@inline
function addRoundedOne<T>(at: usize, a: usize, b: usize): void {
  const product = onGrid<T>(f32x4.mul(loadOne(a), loadOne(b)), one(), almostHalf(), upperHalf());
  store<f64>(at, load<f64>(at) + <f64>f32x4.extract_lane(product, 0));
}

// @ts-ignore: decorator
@inline
function sumRounded<T>(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = a + (n << 2);
  let lane = <usize>(start & 7);
  for (; lane != 0 && a < end; a += 4, b += 4, lane = (lane + 1) & 7) {
    addRoundedOne<T>(lanes + (lane << 3), a, b);
  }
  let s0 = v128.load(lanes);
  let s1 = v128.load(lanes, 16);
  let s2 = v128.load(lanes, 32);
  let s3 = v128.load(lanes, 48);
  for (; a + 32 <= end; a += 32, b += 32) {
    const low = onGrid<T>(f32x4.mul(v128.load(a), v128.load(b)), u, h, p);
    const high = onGrid<T>(f32x4.mul(v128.load(a, 16), v128.load(b, 16)), u, h, p);
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(low));
    s1 = f64x2.add(s1, upperTwo(low));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(high));
    s3 = f64x2.add(s3, upperTwo(high));
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  v128.store(lanes, s2, 32);
  v128.store(lanes, s3, 48);
  for (; a < end; a += 4, b += 4, lane = (lane + 1) & 7) {
    addRoundedOne<T>(lanes + (lane << 3), a, b);
  }
}

export function addRoundedF32(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  sumRounded<f32>(lanes, start, a, b, n);
}

export function addRoundedBF16(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  sumRounded<u16>(lanes, start, a, b, n);
}

export function addRoundedF16(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  sumRounded<i16>(lanes, start, a, b, n);
}

export function largestMagnitude(values: usize, n: usize): f32 {
  const end = values + (n << 2);
  let largest = f32x4.splat(0);
  for (; values + 16 <= end; values += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(values)));
  for (; values < end; values += 4) largest = f32x4.max(largest, f32x4.abs(v128.load32_zero(values)));
  const a = max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  return max<f32>(a, max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)));
}
