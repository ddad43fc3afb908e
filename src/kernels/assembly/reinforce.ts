// Changes that one model alone makes are added with a factor, changes that several make are averaged over those.

import { almostHalf, magnitudeBits, one, oneSingle, upperHalf } from "./constant-vectors";
import { onGrid } from "./grid";
import { POINTERS, WEIGHTS } from "./layout";

// @ts-ignore: decorator
@inline
function loadPart(p: usize, whole: bool): v128 {
  return whole ? v128.load(p) : v128.load32_zero(p);
}

/** In how many models each of four entries is larger than epsilon. */
// @ts-ignore: decorator
@inline
function countOf(bytesOfInputs: usize, at: usize, whole: bool, epsilon: v128): v128 {
  const magnitude = magnitudeBits();
  const unit = oneSingle();
  let count = f32x4.splat(0);
  for (let i: usize = 0; i < bytesOfInputs; i += 4) {
    const change = loadPart(<usize>load<u32>(i + POINTERS) + at, whole);
    count = f32x4.add(count, v128.and(f32x4.gt(v128.and(change, magnitude), epsilon), unit));
  }
  return count;
}

/** T is the type of the changes, E that of the result. */
// @ts-ignore: decorator
@inline
function reinforceAll<T, E>(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
  const e = f32x4.splat(epsilon);
  const unit = oneSingle();
  const magnitude = magnitudeBits();
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const bytes = n << 2;
  for (let at: usize = 0; at < bytes;) {
    const whole = at + 16 <= bytes;
    const sharers = countOf(bytesOfInputs, at, whole, e);
    const shared = f32x4.gt(sharers, unit);
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = loadPart(<usize>load<u32>(i + POINTERS) + at, whole);
      const active = v128.and(f32x4.gt(v128.and(change, magnitude), e), unit);
      const z = f32x4.mul(change, active);
      const mean = onGrid<T>(f32x4.div(z, f32x4.max(sharers, unit)), u, h, p);
      const alone = onGrid<E>(f32x4.mul(z, v128.load32_splat(i + WEIGHTS)), u, h, p);
      sum = f32x4.add(sum, v128.bitselect(mean, alone, shared));
    }
    const r = onGrid<E>(f32x4.add(loadPart(base + at, whole), onGrid<E>(sum, u, h, p)), u, h, p);
    if (whole) v128.store(out + at, r);
    else v128.store32_lane(out + at, r, 0);
    at += whole ? 16 : 4;
  }
}

export function reinforceF32(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  reinforceAll<f32, f32>(count, epsilon, base, out, n);
}

export function reinforceBF16(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  reinforceAll<u16, u16>(count, epsilon, base, out, n);
}

export function reinforceF16(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  reinforceAll<i16, i16>(count, epsilon, base, out, n);
}

export function reinforceWideF32(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  reinforceAll<f32, f32>(count, epsilon, base, out, n);
}

export function reinforceWideBF16(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  reinforceAll<u16, f32>(count, epsilon, base, out, n);
}

export function reinforceWideF16(count: i32, epsilon: f32, base: usize, out: usize, n: usize): void {
  reinforceAll<i16, f32>(count, epsilon, base, out, n);
}

/** Adds to counters [M][2]: entries that a model changes alone, and with others. */
export function countActive(count: i32, epsilon: f32, counters: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
  const e = f32x4.splat(epsilon);
  const unit = oneSingle();
  const magnitude = magnitudeBits();
  const bytes = n << 2;
  for (let at: usize = 0; at < bytes;) {
    const whole = at + 16 <= bytes;
    const shared = f32x4.gt(countOf(bytesOfInputs, at, whole, e), unit);
    const all = whole ? 15 : 1;
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = loadPart(<usize>load<u32>(i + POINTERS) + at, whole);
      const active = f32x4.gt(v128.and(change, magnitude), e);
      const own = counters + (i << 1);
      store<u32>(own, load<u32>(own) + popcnt(i32x4.bitmask(v128.andnot(active, shared)) & all));
      store<u32>(own, load<u32>(own, 4) + popcnt(i32x4.bitmask(v128.and(active, shared)) & all), 4);
    }
    at += whole ? 16 : 4;
  }
}
