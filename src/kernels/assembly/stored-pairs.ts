// Stored bfloat16 as pairs: each 32 bits hold two numbers, of which the odd one becomes float32 by a mask and the even one by a shift.

import { exponentBits } from "./constant-vectors";

// @ts-ignore: decorator
@inline
export function evens(p: usize): v128 {
  return i32x4.shl(v128.load(p), 16);
}

// @ts-ignore: decorator
@inline
export function odds(at: usize, p: v128): v128 {
  return v128.and(v128.load(at), p);
}

/** The stored form of numbers on the grid. */
// @ts-ignore: decorator
@inline
export function joined(even: v128, odd: v128): v128 {
  return v128.or(i32x4.shr_u(even, 16), odd);
}

/** What `specials` compares with. */
// @ts-ignore: decorator
@inline
export function storedInfinity(): v128 {
  return v128.or(exponentBits(), i32x4.shr_u(exponentBits(), 16));
}

/** Lanes of 16 bits whose exponent is all ones. */
// @ts-ignore: decorator
@inline
export function specials(v: v128, infinity: v128): v128 {
  return i16x8.eq(v128.and(v, infinity), infinity);
}

/** One stored number in all lanes. */
// @ts-ignore: decorator
@inline
export function odd(p: usize): v128 {
  return i32x4.splat((<i32>load<u16>(p)) << 16);
}

/** Makes NaNs the quiet one; returns how many numbers are infinite or not a number. */
export function tidy(out: usize, n: usize): i32 {
  let count = 0;
  for (const end = out + (n << 1); out < end; out += 2) {
    const magnitude = load<u16>(out) & 0x7fff;
    if (magnitude > 0x7f80) store<u16>(out, 0x7fc0);
    count += i32(magnitude >= 0x7f80);
  }
  return count;
}
