// Float32 to stored elements; each function returns how many are infinite or not a number.

import {
  exponentBits,
  exponentOffset,
  halfInfinity,
  magnitudeBits,
  quietNaN,
  smallestHalf,
} from "./constant-vectors";
import { anyOnGrid, loadOne, onGrid, storeOne } from "./grid";

// @ts-ignore: decorator
@inline
function plainNaN(v: v128): v128 {
  return v128.bitselect(quietNaN(), v, f32x4.ne(v, v));
}

/** Bits of the lanes whose exponent is all ones. */
// @ts-ignore: decorator
@inline
function nonFinite(v: v128): i32 {
  const infinity = exponentBits();
  return i32x4.bitmask(i32x4.eq(v128.and(v, infinity), infinity));
}

export function narrowF32(src: usize, out: usize, n: usize): i32 {
  const end = out + (n << 2);
  let count = 0;
  for (; out + 16 <= end; out += 16, src += 16) {
    const v = plainNaN(v128.load(src));
    v128.store(out, v);
    count += popcnt(nonFinite(v));
  }
  for (; out < end; out += 4, src += 4) {
    const v = plainNaN(loadOne(src));
    storeOne(out, v);
    count += nonFinite(v) & 1;
  }
  return count;
}

export function narrowBF16(src: usize, out: usize, n: usize): i32 {
  const end = out + (n << 1);
  const infinity = i32x4.shr_u(exponentBits(), 16);
  const both = v128.or(infinity, i32x4.shl(infinity, 16));
  let count = 0;
  for (; out + 16 <= end; out += 16, src += 32) {
    const low = i32x4.shr_u(anyOnGrid<u16>(v128.load(src)), 16);
    const high = i32x4.shr_u(anyOnGrid<u16>(v128.load(src, 16)), 16);
    const v = i16x8.narrow_i32x4_u(low, high);
    v128.store(out, v);
    const special = i16x8.eq(v128.and(v, both), both);
    if (v128.any_true(special)) count += popcnt(i16x8.bitmask(special));
  }
  for (; out < end; out += 2, src += 4) {
    const v = anyOnGrid<u16>(loadOne(src));
    store<u16>(out, <u16>(<u32>i32x4.extract_lane(v, 0) >>> 16));
    count += nonFinite(v) & 1;
  }
  return count;
}

/** The upper halves of eight numbers. */
// @ts-ignore: decorator
@inline
function upperHalves(src: usize): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(v128.load(src), 16), i32x4.shr_s(v128.load(src, 16), 16));
}

/** The same for values on bfloat16's grid: their upper halves. What is not finite takes the long way. */
export function packBF16(src: usize, out: usize, n: usize): i32 {
  const end = out + (n << 1);
  const infinity = i32x4.shr_u(exponentBits(), 16);
  const both = v128.or(infinity, i32x4.shl(infinity, 16));
  let count = 0;
  for (; out + 32 <= end; out += 32, src += 64) {
    const low = upperHalves(src);
    const high = upperHalves(src + 32);
    const special = v128.or(i16x8.eq(v128.and(low, both), both), i16x8.eq(v128.and(high, both), both));
    if (v128.any_true(special)) {
      count += narrowBF16(src, out, 16);
    } else {
      v128.store(out, high, 16);
      v128.store(out, low);
    }
  }
  return count + narrowBF16(src, out, (end - out) >> 1);
}

/** Bits of float16 in 32-bit lanes. */
// @ts-ignore: decorator
@inline
function halfBits(value: v128): v128 {
  const v = onGrid<i16>(value, value, value, value);
  const a = v128.and(v, magnitudeBits());
  // Infinity and NaN come out above what float16 can have.
  const normal = i32x4.min_s(i32x4.shr_u(i32x4.sub(a, exponentOffset()), 13), halfInfinity());
  // 0.5 has 2^-24, float16's finest step, in its last place.
  const tiny = v128.xor(f32x4.add(a, f32x4.splat(0.5)), f32x4.splat(0.5));
  const magnitude = v128.bitselect(tiny, normal, i32x4.lt_s(a, smallestHalf()));
  const nan = f32x4.ne(v, v);
  const sign = v128.andnot(i32x4.shl(i32x4.shr_u(v, 31), 15), nan);
  return v128.or(v128.or(magnitude, sign), i32x4.shl(i32x4.shr_u(nan, 31), 9));
}

export function narrowF16(src: usize, out: usize, n: usize): i32 {
  const end = out + (n << 1);
  const infinity = halfInfinity();
  const both = v128.or(infinity, i32x4.shl(infinity, 16));
  let count = 0;
  for (; out + 16 <= end; out += 16, src += 32) {
    const v = i16x8.narrow_i32x4_u(halfBits(v128.load(src)), halfBits(v128.load(src, 16)));
    v128.store(out, v);
    const special = i16x8.eq(v128.and(v, both), both);
    if (v128.any_true(special)) count += popcnt(i16x8.bitmask(special));
  }
  for (; out < end; out += 2, src += 4) {
    const bits = i32x4.extract_lane(halfBits(loadOne(src)), 0);
    store<u16>(out, <u16>bits);
    count += i32((bits & 0x7c00) == 0x7c00);
  }
  return count;
}
