// Products of all pairs of rows, and their sums. Rows go three by three, so that each load serves several products.

import { POINTERS } from "./layout";

/** Bytes of the stretch of each row that is added up in float32 before it goes into float64: 512 elements. */
export const STRETCH: usize = 2048;

// @ts-ignore: decorator
@inline
function flush(lanes: v128, at: usize): void {
  const pairs = f64x2.add(
    f64x2.promote_low_f32x4(lanes),
    f64x2.promote_low_f32x4(v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1)),
  );
  store<f64>(at, load<f64>(at) + (f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1)));
}

// @ts-ignore: decorator
@inline
function plus(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

/** A row with itself. */
function addOne(a: usize, bytes: usize, out: usize, sum: usize): void {
  let aa = f32x4.splat(0);
  let sumA = aa;
  const end = a + (bytes & ~15);
  const last = a + bytes;
  for (; a < end; a += 16) {
    const x = v128.load(a);
    aa = plus(aa, x, x);
    sumA = f32x4.add(sumA, x);
  }
  for (; a < last; a += 4) {
    const x = v128.load32_zero(a);
    aa = plus(aa, x, x);
    sumA = f32x4.add(sumA, x);
  }
  flush(aa, out);
  flush(sumA, sum);
}

/** Two rows with themselves and each other. */
function addTwo(a: usize, b: usize, bytes: usize, out: usize, stride: usize, sum: usize): void {
  let aa = f32x4.splat(0);
  let ab = aa;
  let bb = aa;
  let sumA = aa;
  let sumB = aa;
  const end = a + (bytes & ~15);
  const last = a + bytes;
  for (; a < end; a += 16, b += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    aa = plus(aa, x, x);
    ab = plus(ab, x, y);
    bb = plus(bb, y, y);
    sumA = f32x4.add(sumA, x);
    sumB = f32x4.add(sumB, y);
  }
  for (; a < last; a += 4, b += 4) {
    const x = v128.load32_zero(a);
    const y = v128.load32_zero(b);
    aa = plus(aa, x, x);
    ab = plus(ab, x, y);
    bb = plus(bb, y, y);
    sumA = f32x4.add(sumA, x);
    sumB = f32x4.add(sumB, y);
  }
  flush(aa, out);
  flush(ab, out + 8);
  flush(bb, out + stride + 8);
  flush(sumA, sum);
  flush(sumB, sum + 8);
}

/** Three rows with themselves and each other. */
function addThree(a: usize, b: usize, c: usize, bytes: usize, out: usize, stride: usize, sum: usize): void {
  let aa = f32x4.splat(0);
  let ab = aa;
  let ac = aa;
  let bb = aa;
  let bc = aa;
  let cc = aa;
  let sumA = aa;
  let sumB = aa;
  let sumC = aa;
  const end = a + (bytes & ~15);
  const last = a + bytes;
  for (; a < end; a += 16, b += 16, c += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    const z = v128.load(c);
    aa = plus(aa, x, x);
    ab = plus(ab, x, y);
    ac = plus(ac, x, z);
    bb = plus(bb, y, y);
    bc = plus(bc, y, z);
    cc = plus(cc, z, z);
    sumA = f32x4.add(sumA, x);
    sumB = f32x4.add(sumB, y);
    sumC = f32x4.add(sumC, z);
  }
  for (; a < last; a += 4, b += 4, c += 4) {
    const x = v128.load32_zero(a);
    const y = v128.load32_zero(b);
    const z = v128.load32_zero(c);
    aa = plus(aa, x, x);
    ab = plus(ab, x, y);
    ac = plus(ac, x, z);
    bb = plus(bb, y, y);
    bc = plus(bc, y, z);
    cc = plus(cc, z, z);
    sumA = f32x4.add(sumA, x);
    sumB = f32x4.add(sumB, y);
    sumC = f32x4.add(sumC, z);
  }
  flush(aa, out);
  flush(ab, out + 8);
  flush(ac, out + 16);
  flush(bb, out + stride + 8);
  flush(bc, out + stride + 16);
  flush(cc, out + 2 * stride + 16);
  flush(sumA, sum);
  flush(sumB, sum + 8);
  flush(sumC, sum + 16);
}

/** Three rows with one other. */
function addThreeByOne(a: usize, b: usize, c: usize, d: usize, bytes: usize, out: usize, stride: usize): void {
  let ad = f32x4.splat(0);
  let bd = ad;
  let cd = ad;
  const end = a + (bytes & ~15);
  const last = a + bytes;
  for (; a < end; a += 16, b += 16, c += 16, d += 16) {
    const w = v128.load(d);
    ad = plus(ad, v128.load(a), w);
    bd = plus(bd, v128.load(b), w);
    cd = plus(cd, v128.load(c), w);
  }
  for (; a < last; a += 4, b += 4, c += 4, d += 4) {
    const w = v128.load32_zero(d);
    ad = plus(ad, v128.load32_zero(a), w);
    bd = plus(bd, v128.load32_zero(b), w);
    cd = plus(cd, v128.load32_zero(c), w);
  }
  flush(ad, out);
  flush(bd, out + stride);
  flush(cd, out + 2 * stride);
}

/** Three rows with two others. */
function addThreeByTwo(a: usize, b: usize, c: usize, d: usize, e: usize, bytes: usize, out: usize, stride: usize): void {
  let ad = f32x4.splat(0);
  let bd = ad;
  let cd = ad;
  let ae = ad;
  let be = ad;
  let ce = ad;
  const end = a + (bytes & ~15);
  const last = a + bytes;
  for (; a < end; a += 16, b += 16, c += 16, d += 16, e += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    const z = v128.load(c);
    const v = v128.load(d);
    const w = v128.load(e);
    ad = plus(ad, x, v);
    bd = plus(bd, y, v);
    cd = plus(cd, z, v);
    ae = plus(ae, x, w);
    be = plus(be, y, w);
    ce = plus(ce, z, w);
  }
  for (; a < last; a += 4, b += 4, c += 4, d += 4, e += 4) {
    const x = v128.load32_zero(a);
    const y = v128.load32_zero(b);
    const z = v128.load32_zero(c);
    const v = v128.load32_zero(d);
    const w = v128.load32_zero(e);
    ad = plus(ad, x, v);
    bd = plus(bd, y, v);
    cd = plus(cd, z, v);
    ae = plus(ae, x, w);
    be = plus(be, y, w);
    ce = plus(ce, z, w);
  }
  flush(ad, out);
  flush(ae, out + 8);
  flush(bd, out + stride);
  flush(be, out + stride + 8);
  flush(cd, out + 2 * stride);
  flush(ce, out + 2 * stride + 8);
}

/** The address of row i in a table of addresses. */
// @ts-ignore: decorator
@inline
function row(table: usize, i: i32): usize {
  return <usize>load<u32>(table + (<usize>i << 2));
}

/**
 * Adds one stretch, or less, of all rows.
 *
 * @param table - [R] addresses as 32-bit words.
 * @param from - byte of each row at which the stretch begins.
 */
export function addStretch(table: usize, rows: i32, from: usize, bytes: usize, products: usize, sums: usize): void {
  const stride = <usize>rows << 3;
  for (let i = 0; i < rows; i += 3) {
    const left = rows - i;
    const a = row(table, i) + from;
    const line = products + <usize>i * stride;
    const out = line + (<usize>i << 3);
    const sum = sums + (<usize>i << 3);
    if (left == 1) {
      addOne(a, bytes, out, sum);
      return;
    }
    const b = row(table, i + 1) + from;
    if (left == 2) {
      addTwo(a, b, bytes, out, stride, sum);
      return;
    }
    const c = row(table, i + 2) + from;
    addThree(a, b, c, bytes, out, stride, sum);
    let j = i + 3;
    for (; j + 2 <= rows; j += 2) {
      const d = row(table, j) + from;
      addThreeByTwo(a, b, c, d, row(table, j + 1) + from, bytes, line + (<usize>j << 3), stride);
    }
    if (j < rows) addThreeByOne(a, b, c, row(table, j) + from, bytes, line + (<usize>j << 3), stride);
  }
}

export function addGram(rows: i32, products: usize, sums: usize, n: usize): void {
  const bytes = n << 2;
  for (let from: usize = 0; from < bytes; from += STRETCH) {
    addStretch(POINTERS, rows, from, min<usize>(STRETCH, bytes - from), products, sums);
  }
}
