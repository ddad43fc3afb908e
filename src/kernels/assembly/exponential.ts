// The exponential of float32 numbers of at most 0, with the bits of softmax.ts: steps in float64 are rounded to float32.

import { oneSingle } from "./constant-vectors";
import { EXPONENTIAL } from "./layout";

/** Fills the memory at EXPONENTIAL; called once. */
export function prepareExponential(): void {
  v128.store(EXPONENTIAL, f64x2.splat(0.00019852761761285365));
  v128.store(EXPONENTIAL + 16, f64x2.splat(<f64>(<f32>0.001393043552525341)));
  v128.store(EXPONENTIAL + 32, f64x2.splat(<f64>(<f32>0.008333360776305199)));
  v128.store(EXPONENTIAL + 48, f64x2.splat(<f64>(<f32>0.04166648536920547)));
  v128.store(EXPONENTIAL + 64, f64x2.splat(<f64>(<f32>0.1666666716337204)));
  v128.store(EXPONENTIAL + 80, f64x2.splat(0.5));
  v128.store(EXPONENTIAL + 96, f64x2.splat(<f64>(<f32>1.428606765330187e-6)));
  v128.store(EXPONENTIAL + 112, f32x4.splat(0.693145751953125));
  v128.store(EXPONENTIAL + 128, f32x4.splat(<f32>Math.LOG2E));
  v128.store(EXPONENTIAL + 144, f32x4.splat(-104));
  v128.store(EXPONENTIAL + 160, i32x4.splat(-64));
  v128.store(EXPONENTIAL + 176, i32x4.splat(127));
}

// @ts-ignore: decorator
@inline
function single(v: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(v));
}

/** e^r - 1 - r, less its first term and over it: two numbers, as float64. */
// @ts-ignore: decorator
@inline
function polynomial(r: v128): v128 {
  let p = single(f64x2.add(f64x2.mul(v128.load(EXPONENTIAL), r), v128.load(EXPONENTIAL + 16)));
  p = single(f64x2.add(f64x2.mul(p, r), v128.load(EXPONENTIAL + 32)));
  p = single(f64x2.add(f64x2.mul(p, r), v128.load(EXPONENTIAL + 48)));
  p = single(f64x2.add(f64x2.mul(p, r), v128.load(EXPONENTIAL + 64)));
  return single(f64x2.add(f64x2.mul(p, r), v128.load(EXPONENTIAL + 80)));
}

// @ts-ignore: decorator
@inline
function highHalf(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

// @ts-ignore: decorator
@inline
function joined(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** 2^n for n in [-126, 127]. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, v128.load(EXPONENTIAL + 176)), 23);
}

/** Four powers of e. */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, v128.load(EXPONENTIAL + 128)));
  const coarse = f32x4.sub(x, f32x4.mul(n, v128.load(EXPONENTIAL + 112)));
  const least = v128.load(EXPONENTIAL + 96);
  const r = joined(
    f64x2.sub(f64x2.promote_low_f32x4(coarse), f64x2.mul(f64x2.promote_low_f32x4(n), least)),
    f64x2.sub(highHalf(coarse), f64x2.mul(highHalf(n), least)),
  );
  const low = f64x2.promote_low_f32x4(r);
  const high = highHalf(r);
  const square = f32x4.mul(r, r);
  const rest = joined(
    f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(square), polynomial(low)), low),
    f64x2.add(f64x2.mul(highHalf(square), polynomial(high)), high),
  );
  // in two steps, of which the first is exact: 2^n may be too small for float32
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const first = i32x4.max_s(whole, v128.load(EXPONENTIAL + 160));
  const scaled = f32x4.mul(f32x4.add(oneSingle(), rest), powerOfTwo(first));
  const power = f32x4.mul(scaled, powerOfTwo(i32x4.sub(whole, first)));
  return v128.andnot(power, f32x4.lt(x, v128.load(EXPONENTIAL + 144)));
}

/**
 * out = e to the power of values - largest.
 *
 * @param n - a multiple of 16.
 * @param lanes - [16] float32: sums of every sixteenth.
 */
export function exponentials(values: usize, largest: f32, out: usize, n: usize, lanes: usize): void {
  const most = f32x4.splat(largest);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const end = values + (n << 2); values < end; values += 64, out += 64) {
    const a = exponential(f32x4.sub(v128.load(values), most));
    const b = exponential(f32x4.sub(v128.load(values, 16), most));
    v128.store(out, a);
    v128.store(out, b, 16);
    s0 = f32x4.add(s0, a);
    s1 = f32x4.add(s1, b);
    const c = exponential(f32x4.sub(v128.load(values, 32), most));
    const d = exponential(f32x4.sub(v128.load(values, 48), most));
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    s2 = f32x4.add(s2, c);
    s3 = f32x4.add(s3, d);
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  v128.store(lanes, s2, 32);
  v128.store(lanes, s3, 48);
}
