// Sums over all pairs of arrays: products, and signs that agree.

import { POINTERS } from "./layout";

/** Bytes of the stretch of each row that is added up in float32 before it goes into float64: 512 elements. */
const STRETCH: usize = 2048;

// @ts-ignore: decorator
@inline
function row(i: i32): usize {
  return <usize>load<u32>((<usize>i << 2) + POINTERS);
}

// @ts-ignore: decorator
@inline
function flush(lanes: v128, at: usize): void {
  const pairs = f64x2.add(
    f64x2.promote_low_f32x4(lanes),
    f64x2.promote_low_f32x4(v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1)),
  );
  store<f64>(at, load<f64>(at) + (f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1)));
}

/** A row with itself. */
function addSquare(a: usize, from: usize, to: usize, out: usize, sum: usize): void {
  let products = f32x4.splat(0);
  let total = products;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const x = v128.load(a + at);
    products = f32x4.add(products, f32x4.mul(x, x));
    total = f32x4.add(total, x);
  }
  for (; at < to; at += 4) {
    const x = v128.load32_zero(a + at);
    products = f32x4.add(products, f32x4.mul(x, x));
    total = f32x4.add(total, x);
  }
  flush(products, out);
  flush(total, sum);
}

/** Two rows with themselves and each other. */
function addTriangle(a: usize, b: usize, from: usize, to: usize, out: usize, stride: usize, sum: usize): void {
  let aa = f32x4.splat(0);
  let ab = aa;
  let bb = aa;
  let sumA = aa;
  let sumB = aa;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const x = v128.load(a + at);
    const y = v128.load(b + at);
    aa = f32x4.add(aa, f32x4.mul(x, x));
    ab = f32x4.add(ab, f32x4.mul(x, y));
    bb = f32x4.add(bb, f32x4.mul(y, y));
    sumA = f32x4.add(sumA, x);
    sumB = f32x4.add(sumB, y);
  }
  for (; at < to; at += 4) {
    const x = v128.load32_zero(a + at);
    const y = v128.load32_zero(b + at);
    aa = f32x4.add(aa, f32x4.mul(x, x));
    ab = f32x4.add(ab, f32x4.mul(x, y));
    bb = f32x4.add(bb, f32x4.mul(y, y));
    sumA = f32x4.add(sumA, x);
    sumB = f32x4.add(sumB, y);
  }
  flush(aa, out);
  flush(ab, out + 8);
  flush(bb, out + stride + 8);
  flush(sumA, sum);
  flush(sumB, sum + 8);
}

/** Two rows with two others. */
function addSquareOfPairs(a: usize, b: usize, c: usize, d: usize, from: usize, to: usize, out: usize, stride: usize): void {
  let ac = f32x4.splat(0);
  let ad = ac;
  let bc = ac;
  let bd = ac;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const w = v128.load(a + at);
    const x = v128.load(b + at);
    const y = v128.load(c + at);
    const z = v128.load(d + at);
    ac = f32x4.add(ac, f32x4.mul(w, y));
    ad = f32x4.add(ad, f32x4.mul(w, z));
    bc = f32x4.add(bc, f32x4.mul(x, y));
    bd = f32x4.add(bd, f32x4.mul(x, z));
  }
  for (; at < to; at += 4) {
    const w = v128.load32_zero(a + at);
    const x = v128.load32_zero(b + at);
    const y = v128.load32_zero(c + at);
    const z = v128.load32_zero(d + at);
    ac = f32x4.add(ac, f32x4.mul(w, y));
    ad = f32x4.add(ad, f32x4.mul(w, z));
    bc = f32x4.add(bc, f32x4.mul(x, y));
    bd = f32x4.add(bd, f32x4.mul(x, z));
  }
  flush(ac, out);
  flush(ad, out + 8);
  flush(bc, out + stride);
  flush(bd, out + stride + 8);
}

/** Two rows with one other. */
function addColumn(a: usize, b: usize, c: usize, from: usize, to: usize, out: usize, stride: usize): void {
  let ac = f32x4.splat(0);
  let bc = ac;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const y = v128.load(c + at);
    ac = f32x4.add(ac, f32x4.mul(v128.load(a + at), y));
    bc = f32x4.add(bc, f32x4.mul(v128.load(b + at), y));
  }
  for (; at < to; at += 4) {
    const y = v128.load32_zero(c + at);
    ac = f32x4.add(ac, f32x4.mul(v128.load32_zero(a + at), y));
    bc = f32x4.add(bc, f32x4.mul(v128.load32_zero(b + at), y));
  }
  flush(ac, out);
  flush(bc, out + stride);
}

export function addGram(rows: i32, products: usize, sums: usize, n: usize): void {
  const stride = <usize>rows << 3;
  const bytes = n << 2;
  for (let from: usize = 0; from < bytes; from += STRETCH) {
    const to = min<usize>(from + STRETCH, bytes);
    for (let i = 0; i < rows; i += 2) {
      const a = row(i);
      const out = products + <usize>i * stride;
      const sum = sums + (<usize>i << 3);
      if (i + 1 == rows) {
        addSquare(a, from, to, out + (<usize>i << 3), sum);
        break;
      }
      const b = row(i + 1);
      addTriangle(a, b, from, to, out + (<usize>i << 3), stride, sum);
      for (let j = i + 2; j < rows; j += 2) {
        const at = out + (<usize>j << 3);
        if (j + 1 < rows) addSquareOfPairs(a, b, row(j), row(j + 1), from, to, at, stride);
        else addColumn(a, b, row(j), from, to, at, stride);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function sixteen(a: v128, b: v128, c: v128, d: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

export function packSigns(values: usize, bits: usize, n: usize): void {
  const words = (n + 63) >> 6;
  const below = words << 3;
  memory.fill(bits, 0, words << 4);
  const zero = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const at = values + (i << 2);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const out = bits + (i >> 3);
    store<u16>(out, <u16>sixteen(f32x4.gt(a, zero), f32x4.gt(b, zero), f32x4.gt(c, zero), f32x4.gt(d, zero)));
    store<u16>(out + below, <u16>sixteen(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero)));
  }
  for (; i < n; i++) {
    const value = load<f32>(values + (i << 2));
    const out = bits + (i >> 3);
    const bit = (<u8>1) << <u8>(i & 7);
    if (value > 0) store<u8>(out, load<u8>(out) | bit);
    if (value < 0) store<u8>(out + below, load<u8>(out + below) | bit);
  }
}

export function changeBF16(src: usize, origin: usize, out: usize, bits: usize, n: usize): void {
  const words = (n + 63) >> 6;
  const below = words << 3;
  const zero = f32x4.splat(0);
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
    const a = f32x4.sub(v128.shuffle<i16>(zero, u, 0, 8, 1, 9, 2, 10, 3, 11), v128.load(origin + at));
    const b = f32x4.sub(v128.shuffle<i16>(zero, u, 4, 12, 5, 13, 6, 14, 7, 15), v128.load(origin + at, 16));
    const c = f32x4.sub(v128.shuffle<i16>(zero, v, 0, 8, 1, 9, 2, 10, 3, 11), v128.load(origin + at, 32));
    const d = f32x4.sub(v128.shuffle<i16>(zero, v, 4, 12, 5, 13, 6, 14, 7, 15), v128.load(origin + at, 48));
    v128.store(out + at, a);
    v128.store(out + at, b, 16);
    v128.store(out + at, c, 32);
    v128.store(out + at, d, 48);
    const to = bits + (i >> 3);
    store<u16>(to, <u16>sixteen(f32x4.gt(a, zero), f32x4.gt(b, zero), f32x4.gt(c, zero), f32x4.gt(d, zero)));
    store<u16>(to + below, <u16>sixteen(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero)));
  }
  for (; i < n; i++) {
    const value = reinterpret<f32>((<u32>load<u16>(src + (i << 1))) << 16) - load<f32>(origin + (i << 2));
    store<f32>(out + (i << 2), value);
    const to = bits + (i >> 3);
    const bit = (<u8>1) << <u8>(i & 7);
    if (value > 0) store<u8>(to, load<u8>(to) | bit);
    if (value < 0) store<u8>(to + below, load<u8>(to + below) | bit);
  }
}

export function countSigns(rows: i32, counts: usize, words: usize): void {
  const bytes = words << 3;
  for (let i = 0; i < rows; i++) {
    const a = row(i);
    for (let j = i + 1; j < rows; j++) {
      const b = row(j);
      let same: i64 = 0;
      let both: i64 = 0;
      for (let at: usize = 0; at < bytes; at += 8) {
        const above = load<u64>(a + at);
        const below = load<u64>(a + at + bytes);
        const otherAbove = load<u64>(b + at);
        const otherBelow = load<u64>(b + at + bytes);
        same += popcnt<i64>((above & otherAbove) | (below & otherBelow));
        both += popcnt<i64>((above | below) & (otherAbove | otherBelow));
      }
      const upper = counts + <usize>(i * rows + j) * 8;
      const lower = counts + <usize>(j * rows + i) * 8;
      store<f64>(upper, load<f64>(upper) + <f64>same);
      store<f64>(lower, load<f64>(lower) + <f64>both);
    }
  }
}
