// Float32 to stored elements; each function returns how many are infinite or not a number.

import { loadOne, onGrid, storeOne } from "./grid";

// @ts-ignore: decorator
@inline
function plainNaN(v: v128): v128 {
  return v128.bitselect(i32x4.splat(0x7fc00000), v, f32x4.ne(v, v));
}

/** Bits of the lanes whose exponent is all ones. */
// @ts-ignore: decorator
@inline
function nonFinite(v: v128): i32 {
  const infinity = i32x4.splat(0x7f800000);
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
  const infinity = i16x8.splat(0x7f80);
  let count = 0;
  for (; out + 16 <= end; out += 16, src += 32) {
    const low = i32x4.shr_u(onGrid<u16>(v128.load(src)), 16);
    const high = i32x4.shr_u(onGrid<u16>(v128.load(src, 16)), 16);
    const v = i16x8.narrow_i32x4_u(low, high);
    v128.store(out, v);
    count += popcnt(i16x8.bitmask(i16x8.eq(v128.and(v, infinity), infinity)));
  }
  for (; out < end; out += 2, src += 4) {
    const v = onGrid<u16>(loadOne(src));
    store<u16>(out, <u16>(<u32>i32x4.extract_lane(v, 0) >>> 16));
    count += nonFinite(v) & 1;
  }
  return count;
}

/** Bits of float16 in 32-bit lanes, from float32 on its grid. */
// @ts-ignore: decorator
@inline
function halfBits(v: v128): v128 {
  const a = v128.and(v, i32x4.splat(0x7fffffff));
  const sign = i32x4.shl(i32x4.shr_u(v, 31), 15);
  const normal = i32x4.shr_u(i32x4.sub(a, i32x4.splat(112 << 23)), 13);
  const tiny = i32x4.sub(f32x4.add(a, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  let r = v128.bitselect(tiny, normal, i32x4.lt_s(a, i32x4.splat(0x38800000)));
  r = v128.bitselect(i32x4.splat(0x7c00), r, i32x4.eq(a, i32x4.splat(0x7f800000)));
  r = v128.or(r, sign);
  return v128.bitselect(i32x4.splat(0x7e00), r, f32x4.ne(v, v));
}

export function narrowF16(src: usize, out: usize, n: usize): i32 {
  const end = out + (n << 1);
  const infinity = i16x8.splat(0x7c00);
  let count = 0;
  for (; out + 16 <= end; out += 16, src += 32) {
    const low = halfBits(onGrid<i16>(v128.load(src)));
    const high = halfBits(onGrid<i16>(v128.load(src, 16)));
    const v = i16x8.narrow_i32x4_u(low, high);
    v128.store(out, v);
    count += popcnt(i16x8.bitmask(i16x8.eq(v128.and(v, infinity), infinity)));
  }
  for (; out < end; out += 2, src += 4) {
    const v = onGrid<i16>(loadOne(src));
    store<u16>(out, <u16>i32x4.extract_lane(halfBits(v), 0));
    count += nonFinite(v) & 1;
  }
  return count;
}
