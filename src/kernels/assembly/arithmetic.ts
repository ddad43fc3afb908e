// Arithmetic on whole arrays: a result is rounded to the grid after each operation.
//
// Loops here and elsewhere go two vectors at a time, load both before they store one, and store them side by side: that
// is what the compiler can make one vector of 32 bytes of.

import { almostHalf, one, upperHalf } from "./constant-vectors";
import { anyOnGrid, loadOne, onGrid, storeOne } from "./grid";

// @ts-ignore: decorator
@inline
function roundAll<T>(values: usize, n: usize): void {
  const end = values + (n << 2);
  let p = values;
  for (; p + 32 <= end; p += 32) {
    const low = anyOnGrid<T>(v128.load(p));
    const high = anyOnGrid<T>(v128.load(p, 16));
    v128.store(p, low);
    v128.store(p, high, 16);
  }
  for (; p < end; p += 4) storeOne(p, anyOnGrid<T>(loadOne(p)));
}

export function roundToBF16(values: usize, n: usize): void {
  roundAll<u16>(values, n);
}

export function roundToF16(values: usize, n: usize): void {
  roundAll<i16>(values, n);
}

// @ts-ignore: decorator
@inline
function addAll<T>(a: usize, b: usize, out: usize, n: usize): void {
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, a += 32, b += 32) {
    const low = onGrid<T>(f32x4.add(v128.load(a), v128.load(b)), u, h, p);
    const high = onGrid<T>(f32x4.add(v128.load(a, 16), v128.load(b, 16)), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, a += 4, b += 4) storeOne(out, onGrid<T>(f32x4.add(loadOne(a), loadOne(b)), u, h, p));
}

export function addF32(a: usize, b: usize, out: usize, n: usize): void {
  addAll<f32>(a, b, out, n);
}

export function addBF16(a: usize, b: usize, out: usize, n: usize): void {
  addAll<u16>(a, b, out, n);
}

export function addF16(a: usize, b: usize, out: usize, n: usize): void {
  addAll<i16>(a, b, out, n);
}

// @ts-ignore: decorator
@inline
function subtractAll<T>(a: usize, b: usize, out: usize, n: usize): void {
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, a += 32, b += 32) {
    const low = onGrid<T>(f32x4.sub(v128.load(a), v128.load(b)), u, h, p);
    const high = onGrid<T>(f32x4.sub(v128.load(a, 16), v128.load(b, 16)), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, a += 4, b += 4) storeOne(out, onGrid<T>(f32x4.sub(loadOne(a), loadOne(b)), u, h, p));
}

export function subtractF32(a: usize, b: usize, out: usize, n: usize): void {
  subtractAll<f32>(a, b, out, n);
}

export function subtractBF16(a: usize, b: usize, out: usize, n: usize): void {
  subtractAll<u16>(a, b, out, n);
}

export function subtractF16(a: usize, b: usize, out: usize, n: usize): void {
  subtractAll<i16>(a, b, out, n);
}

// @ts-ignore: decorator
@inline
function scaleAll<T>(factor: f32, values: usize, out: usize, n: usize): void {
  const f = f32x4.splat(factor);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, values += 32) {
    const low = onGrid<T>(f32x4.mul(f, v128.load(values)), u, h, p);
    const high = onGrid<T>(f32x4.mul(f, v128.load(values, 16)), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, values += 4) storeOne(out, onGrid<T>(f32x4.mul(f, loadOne(values)), u, h, p));
}

export function scaleF32(factor: f32, values: usize, out: usize, n: usize): void {
  scaleAll<f32>(factor, values, out, n);
}

export function scaleBF16(factor: f32, values: usize, out: usize, n: usize): void {
  scaleAll<u16>(factor, values, out, n);
}

export function scaleF16(factor: f32, values: usize, out: usize, n: usize): void {
  scaleAll<i16>(factor, values, out, n);
}

// @ts-ignore: decorator
@inline
function blendAll<T>(a: usize, ca: f32, b: usize, cb: f32, out: usize, n: usize): void {
  const fa = f32x4.splat(ca);
  const fb = f32x4.splat(cb);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, a += 32, b += 32) {
    const low = onGrid<T>(f32x4.add(f32x4.mul(fa, v128.load(a)), f32x4.mul(fb, v128.load(b))), u, h, p);
    const high = onGrid<T>(f32x4.add(f32x4.mul(fa, v128.load(a, 16)), f32x4.mul(fb, v128.load(b, 16))), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, a += 4, b += 4) {
    storeOne(out, onGrid<T>(f32x4.add(f32x4.mul(fa, loadOne(a)), f32x4.mul(fb, loadOne(b))), u, h, p));
  }
}

export function blendF32(a: usize, ca: f32, b: usize, cb: f32, out: usize, n: usize): void {
  blendAll<f32>(a, ca, b, cb, out, n);
}

export function blendBF16(a: usize, ca: f32, b: usize, cb: f32, out: usize, n: usize): void {
  blendAll<u16>(a, ca, b, cb, out, n);
}

export function blendF16(a: usize, ca: f32, b: usize, cb: f32, out: usize, n: usize): void {
  blendAll<i16>(a, ca, b, cb, out, n);
}

// @ts-ignore: decorator
@inline
function multiplyAll<T>(a: usize, b: usize, out: usize, n: usize): void {
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, a += 32, b += 32) {
    const low = onGrid<T>(f32x4.mul(v128.load(a), v128.load(b)), u, h, p);
    const high = onGrid<T>(f32x4.mul(v128.load(a, 16), v128.load(b, 16)), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, a += 4, b += 4) storeOne(out, onGrid<T>(f32x4.mul(loadOne(a), loadOne(b)), u, h, p));
}

export function multiplyF32(a: usize, b: usize, out: usize, n: usize): void {
  multiplyAll<f32>(a, b, out, n);
}

export function multiplyBF16(a: usize, b: usize, out: usize, n: usize): void {
  multiplyAll<u16>(a, b, out, n);
}

export function multiplyF16(a: usize, b: usize, out: usize, n: usize): void {
  multiplyAll<i16>(a, b, out, n);
}

// @ts-ignore: decorator
@inline
function divideAll<T>(a: usize, b: usize, out: usize, n: usize): void {
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, a += 32, b += 32) {
    const low = onGrid<T>(f32x4.div(v128.load(a), v128.load(b)), u, h, p);
    const high = onGrid<T>(f32x4.div(v128.load(a, 16), v128.load(b, 16)), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, a += 4, b += 4) storeOne(out, onGrid<T>(f32x4.div(loadOne(a), loadOne(b)), u, h, p));
}

export function divideF32(a: usize, b: usize, out: usize, n: usize): void {
  divideAll<f32>(a, b, out, n);
}

export function divideBF16(a: usize, b: usize, out: usize, n: usize): void {
  divideAll<u16>(a, b, out, n);
}

export function divideF16(a: usize, b: usize, out: usize, n: usize): void {
  divideAll<i16>(a, b, out, n);
}

// @ts-ignore: decorator
@inline
function divideByAll<T>(divisor: f32, values: usize, out: usize, n: usize): void {
  const d = f32x4.splat(divisor);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, values += 32) {
    const low = onGrid<T>(f32x4.div(v128.load(values), d), u, h, p);
    const high = onGrid<T>(f32x4.div(v128.load(values, 16), d), u, h, p);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; out < end; out += 4, values += 4) storeOne(out, onGrid<T>(f32x4.div(loadOne(values), d), u, h, p));
}

export function divideByF32(divisor: f32, values: usize, out: usize, n: usize): void {
  divideByAll<f32>(divisor, values, out, n);
}

export function divideByBF16(divisor: f32, values: usize, out: usize, n: usize): void {
  divideByAll<u16>(divisor, values, out, n);
}

export function divideByF16(divisor: f32, values: usize, out: usize, n: usize): void {
  divideByAll<i16>(divisor, values, out, n);
}
