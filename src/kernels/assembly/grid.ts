// Rounding float32 vectors to the grid of a type, and what loops need to be written once for all types.
//
// A type parameter names the grid: f32, i16 for float16, u16 for bfloat16. The branches on it are decided when compiling.

const SIGN: u32 = 0x80000000;
const QUIET_NAN: u32 = 0x7fc00000;

// @ts-ignore: decorator
@inline
export function onGrid<T>(v: v128): v128 {
  if (sizeof<T>() == 4) return v;
  if (isSigned<T>()) return roundHalf(v);
  return roundBrain(v);
}

// @ts-ignore: decorator
@inline
function roundBrain(v: v128): v128 {
  const odd = v128.and(i32x4.shr_u(v, 16), i32x4.splat(1));
  const raised = i32x4.add(v, i32x4.add(odd, i32x4.splat(0x7fff)));
  const rounded = v128.and(raised, i32x4.splat(0xffff0000));
  return v128.bitselect(i32x4.splat(QUIET_NAN), rounded, f32x4.ne(v, v));
}

// @ts-ignore: decorator
@inline
function roundHalf(v: v128): v128 {
  const sign = v128.and(v, i32x4.splat(SIGN));
  const a = v128.xor(v, sign);
  const odd = v128.and(i32x4.shr_u(a, 13), i32x4.splat(1));
  const normal = v128.and(i32x4.add(a, i32x4.add(odd, i32x4.splat(0xfff))), i32x4.splat(0xffffe000));
  // Below 2^-14 the grid is 2^-24, the last place of numbers in [0.5, 1).
  const tiny = f32x4.sub(f32x4.add(a, f32x4.splat(0.5)), f32x4.splat(0.5));
  let r = v128.bitselect(tiny, normal, i32x4.lt_s(a, i32x4.splat(0x38800000)));
  r = v128.bitselect(i32x4.splat(0x7f800000), r, i32x4.ge_s(r, i32x4.splat(0x47800000)));
  r = v128.or(r, sign);
  return v128.bitselect(i32x4.splat(QUIET_NAN), r, f32x4.ne(v, v));
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
