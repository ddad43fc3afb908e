// Rounding float32 vectors to the grid of a type, and what loops need to be written once for all types.
//
// A type parameter names the grid: f32, i16 for float16, u16 for bfloat16. The branches on it are decided when compiling.

import {
  aboveHalf,
  almostHalf,
  down112,
  exponentBits,
  halfShifter,
  one,
  quietNaN,
  signBit,
  smallestHalf,
  up112,
  upperHalf,
} from "./constant-vectors";

/**
 * Rounds results of arithmetic on values of the grid: their NaNs have no bits where the addition could carry.
 *
 * The arguments are `one()`, `almostHalf()` and `upperHalf()`, loaded before the loop so that they stay in registers.
 */
// @ts-ignore: decorator
@inline
export function onGrid<T>(v: v128, unit: v128, half: v128, upper: v128): v128 {
  if (sizeof<T>() == 4) return v;
  if (isSigned<T>()) return roundHalf(v);
  const odd = v128.and(i32x4.shr_u(v, 16), unit);
  return v128.and(i32x4.add(i32x4.add(v, half), odd), upper);
}

/** Rounds anything; NaN becomes the quiet one. */
// @ts-ignore: decorator
@inline
export function anyOnGrid<T>(v: v128): v128 {
  return v128.bitselect(quietNaN(), onGrid<T>(v, one(), almostHalf(), upperHalf()), f32x4.ne(v, v));
}

/**
 * Adding 1.5 * 2^13 times a number's power of two, at least that of the smallest normal number, leaves no place for
 * what is finer than float16; 2^112 takes what is too large for float16 beyond float32.
 */
// @ts-ignore: decorator
@inline
function roundHalf(v: v128): v128 {
  const exponent = i32x4.min_s(i32x4.max_s(v128.and(v, exponentBits()), smallestHalf()), aboveHalf());
  const shifter = i32x4.add(exponent, halfShifter());
  const rounded = f32x4.sub(f32x4.add(v, shifter), shifter);
  const bounded = f32x4.mul(f32x4.mul(rounded, up112()), down112());
  return v128.or(bounded, v128.and(v, signBit()));
}

/** One float32 in the first lane, for the last few elements of an array. */
// @ts-ignore: decorator
@inline
export function loadOne(p: usize): v128 {
  return v128.load32_zero(p);
}

// @ts-ignore: decorator
@inline
export function storeOne(p: usize, v: v128): void {
  v128.store32_lane(p, v, 0);
}
