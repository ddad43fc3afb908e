// k = clamp(t / |base - x|, 0, 1); out = k * x + (1 - k) * base

import { almostHalf, one, oneSingle, upperHalf } from "./constant-vectors";
import { loadOne, onGrid, storeOne } from "./grid";

// @ts-ignore: decorator
@inline
function step<T>(b: v128, x: v128, t: v128, least: v128, u: v128, h: v128, p: v128): v128 {
  const unit = oneSingle();
  const distance = f32x4.max(f32x4.abs(onGrid<T>(f32x4.sub(b, x), u, h, p)), least);
  const inverse = onGrid<T>(f32x4.div(unit, distance), u, h, p);
  const k = f32x4.min(f32x4.max(onGrid<T>(f32x4.mul(inverse, t), u, h, p), f32x4.splat(0)), unit);
  const rest = onGrid<T>(f32x4.sub(unit, k), u, h, p);
  const theirs = onGrid<T>(f32x4.mul(k, x), u, h, p);
  return onGrid<T>(f32x4.add(theirs, onGrid<T>(f32x4.mul(rest, b), u, h, p)), u, h, p);
}

// @ts-ignore: decorator
@inline
function nearSwapAll<T>(base: usize, other: usize, t: f32, least: f32, out: usize, n: usize): void {
  const ts = f32x4.splat(t);
  const l = f32x4.splat(least);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const end = out + (n << 2);
  for (; out + 16 <= end; out += 16, base += 16, other += 16) {
    v128.store(out, step<T>(v128.load(base), v128.load(other), ts, l, u, h, p));
  }
  for (; out < end; out += 4, base += 4, other += 4) {
    storeOne(out, step<T>(loadOne(base), loadOne(other), ts, l, u, h, p));
  }
}

export function nearSwapF32(base: usize, other: usize, t: f32, least: f32, out: usize, n: usize): void {
  nearSwapAll<f32>(base, other, t, least, out, n);
}

export function nearSwapBF16(base: usize, other: usize, t: f32, least: f32, out: usize, n: usize): void {
  nearSwapAll<u16>(base, other, t, least, out, n);
}

export function nearSwapF16(base: usize, other: usize, t: f32, least: f32, out: usize, n: usize): void {
  nearSwapAll<i16>(base, other, t, least, out, n);
}
