// Changes of bfloat16 rows from an origin, and their sums over all pairs.

import { addStretch, STRETCH } from "./gram";
import { POINTERS } from "./layout";
import { countWords, storeSign, storeSigns } from "./signs";

/** Eight of bfloat16, the lower and the upper half of them as float32. */
// @ts-ignore: decorator
@inline
function lower(u: v128): v128 {
  return v128.shuffle<i16>(f32x4.splat(0), u, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function upper(u: v128): v128 {
  return v128.shuffle<i16>(f32x4.splat(0), u, 4, 12, 5, 13, 6, 14, 7, 15);
}

// @ts-ignore: decorator
@inline
function single(src: usize): f32 {
  return reinterpret<f32>((<u32>load<u16>(src)) << 16);
}

export function changeBF16(src: usize, origin: usize, out: usize, bits: usize, n: usize): void {
  const words = (n + 63) >> 6;
  const below = words << 3;
  // Only the last word can have bits that no element fills.
  if (n > 0) {
    store<u64>(bits + below - 8, 0);
    store<u64>(bits + below + below - 8, 0);
  }
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const at = i << 2;
    const u = v128.load(src + (i << 1));
    const v = v128.load(src + (i << 1), 16);
    const a = f32x4.sub(lower(u), v128.load(origin + at));
    const b = f32x4.sub(upper(u), v128.load(origin + at, 16));
    const c = f32x4.sub(lower(v), v128.load(origin + at, 32));
    const d = f32x4.sub(upper(v), v128.load(origin + at, 48));
    v128.store(out + at, a);
    v128.store(out + at, b, 16);
    v128.store(out + at, c, 32);
    v128.store(out + at, d, 48);
    storeSigns(a, b, c, d, bits + (i >> 3), below);
  }
  for (; i < n; i++) {
    const value = single(src + (i << 1)) - load<f32>(origin + (i << 2));
    store<f32>(out + (i << 2), value);
    storeSign(value, i, bits, below);
  }
}

/** Zeros of both signs become −0, from which nothing differs by −0. */
// @ts-ignore: decorator
@inline
function negativeZero(x: v128): v128 {
  return v128.or(x, v128.and(f32x4.eq(x, f32x4.splat(0)), i32x4.splat(0x80000000)));
}

function widenOrigin(src: usize, out: usize, n: usize): void {
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    const u = v128.load(src + (i << 1));
    v128.store(out + (i << 2), negativeZero(lower(u)));
    v128.store(out + (i << 2), negativeZero(upper(u)), 16);
  }
  for (; i < n; i++) {
    const value = single(src + (i << 1));
    store<f32>(out + (i << 2), value == 0 ? -0.0 : value);
  }
}

/** As `changeBF16`, of at most one stretch, from an origin without +0: then the first bit of a difference is its sign. */
function takeChange(src: usize, origin: usize, out: usize, bits: usize, n: usize): void {
  const below = ((n + 63) >> 6) << 3;
  // Only the last word can have bits that no element fills.
  store<u64>(bits + below - 8, 0);
  store<u64>(bits + below + below - 8, 0);
  const zero = i8x16.splat(0);
  const whole = n & ~15;
  for (let i: usize = 0; i < whole; i += 16) {
    const u = v128.load(src);
    const v = v128.load(src, 16);
    const a = f32x4.sub(lower(u), v128.load(origin));
    const b = f32x4.sub(upper(u), v128.load(origin, 16));
    const c = f32x4.sub(lower(v), v128.load(origin, 32));
    const d = f32x4.sub(upper(v), v128.load(origin, 48));
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    // Saturation keeps signs, and what is not 0.
    const signs = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    const at = bits + (i >> 3);
    store<u16>(at, <u16>i8x16.bitmask(i8x16.gt_s(signs, zero)));
    store<u16>(at + below, <u16>i8x16.bitmask(signs));
    src += 32;
    origin += 64;
    out += 64;
  }
  for (let i = whole; i < n; i++) {
    const value = single(src) - load<f32>(origin);
    store<f32>(out, value);
    storeSign(value, i, bits, below);
    src += 2;
    origin += 4;
    out += 4;
  }
}

/** Bytes of the signs of a stretch of one row. */
const SIGN_BYTES: usize = 128;

/**
 * One stretch after the other, so that what it needs stays in the first cache.
 *
 * @param scratch - [R] addresses, [R] addresses, then [R] stretches, then [R] signs, each table filled up to 16 bytes.
 */
export function addChangesBF16(rows: i32, products: usize, sums: usize, counts: usize, scratch: usize, n: usize): void {
  const tableBytes = ((<usize>rows << 2) + 15) & ~15;
  const signTable = scratch + tableBytes;
  const values = signTable + tableBytes;
  const signs = values + <usize>rows * STRETCH;
  for (let i = 0; i < rows; i++) {
    store<u32>(scratch + (<usize>i << 2), <u32>(values + <usize>i * STRETCH));
    store<u32>(signTable + (<usize>i << 2), <u32>(signs + <usize>i * SIGN_BYTES));
  }
  const step = STRETCH >> 2;
  for (let from: usize = 0; from < n; from += step) {
    const count = min<usize>(step, n - from);
    widenOrigin(<usize>load<u32>(POINTERS) + (from << 1), values, count);
    for (let i = 1; i < rows; i++) {
      const src = <usize>load<u32>(POINTERS + (i << 2)) + (from << 1);
      takeChange(src, values, values + <usize>i * STRETCH, signs + <usize>i * SIGN_BYTES, count);
    }
    addStretch(scratch, rows, 0, count << 2, products, sums);
    countWords(signTable + 4, rows - 1, counts, (count + 63) >> 6);
  }
}
