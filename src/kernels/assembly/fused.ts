// a * b + c rounded once, as processors with fused instructions compute it, and torch on them.

import { fusedProbe, oneWide } from "./constant-vectors";

/** Whether this processor rounds once: of (1 + 2^-12)^2 - (1 + 2^-11) the rest is 2^-24 then, else 0. */
export function fuses(): bool {
  const probe = fusedProbe();
  const rest = f32x4.splat(-1.00048828125);
  return v128.any_true(f32x4.ne(f32x4.relaxed_madd(probe, probe, rest), f32x4.splat(0)));
}

/** What a float64 sum lost to rounding goes into its last bit, so that rounding again to float32 rounds as if once. */
// @ts-ignore: decorator
@inline
function toOdd(a: v128, b: v128): v128 {
  const sum = f64x2.add(a, b);
  const ofB = f64x2.sub(sum, a);
  const lost = f64x2.add(f64x2.sub(a, f64x2.sub(sum, ofB)), f64x2.sub(b, ofB));
  const none = f64x2.splat(0);
  const inexact = v128.or(f64x2.lt(lost, none), f64x2.gt(lost, none));
  const unit = oneWide();
  const even = i64x2.eq(v128.and(sum, unit), none);
  // One up where what was lost points away from 0, one down where it points to it.
  const up = i64x2.eq(f64x2.gt(lost, none), f64x2.gt(sum, none));
  const step = v128.bitselect(unit, i64x2.splat(-1), up);
  return i64x2.add(sum, v128.and(step, v128.and(inexact, even)));
}

// @ts-ignore: decorator
@inline
function upperTwo(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

/** a * b + c. P is i8 where the processor fuses, i16 where float64, which holds products exactly, has to do it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd<P>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<P>() == 1) return f32x4.relaxed_madd(a, b, c);
  const low = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const high = f64x2.mul(upperTwo(a), upperTwo(b));
  const lowSum = f32x4.demote_f64x2_zero(toOdd(low, f64x2.promote_low_f32x4(c)));
  return v128.shuffle<i32>(lowSum, f32x4.demote_f64x2_zero(toOdd(high, upperTwo(c))), 0, 1, 4, 5);
}
