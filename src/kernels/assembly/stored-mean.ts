// Weighted means of stored bfloat16, with nothing of float32 in memory between; see weighted-mean.ts for the arithmetic.

import { almostHalf, one, upperHalf } from "./constant-vectors";
import { fuses, multiplyAdd } from "./fused";
import { onGrid } from "./grid";
import { POINTERS, WEIGHTS } from "./layout";
import { evens, joined, odd, odds, specials, storedInfinity, tidy } from "./stored-pairs";

/** Bytes of each input that a step takes: two pairs of vectors. */
const STEP: usize = 64;

/** The first product: adding 0 takes the minus of a -0. */
// @ts-ignore: decorator
@inline
function product(weight: v128, x: v128): v128 {
  return f32x4.add(f32x4.splat(0), f32x4.mul(weight, x));
}

/** Both sums divided, where D is not i8, rounded, and put together. */
// @ts-ignore: decorator
@inline
function stored<D>(even: v128, odd: v128, divisor: v128, u: v128, h: v128, p: v128): v128 {
  const e = sizeof<D>() == 1 ? even : f32x4.div(even, divisor);
  const o = sizeof<D>() == 1 ? odd : f32x4.div(odd, divisor);
  return joined(onGrid<u16>(e, u, h, p), onGrid<u16>(o, u, h, p));
}

/** P says how `multiplyAdd` works, D is i8 where the divisor is 1. Returns whether any of the results is not finite. */
// @ts-ignore: decorator
@inline
function meanAll<P, D>(count: i32, divisor: f32, out: usize, n: usize): bool {
  const d = f32x4.splat(divisor);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const infinity = storedInfinity();
  const first = f32x4.splat(load<f32>(WEIGHTS));
  const pointersEnd: usize = POINTERS + (count << 2);
  const bytes = n << 1;
  let found = f32x4.splat(0);
  let alsoFound = f32x4.splat(0);
  let at: usize = 0;
  for (; sizeof<P>() == 1 && at + STEP <= bytes; at += STEP) {
    const x = <usize>load<u32>(POINTERS) + at;
    let e0 = product(first, evens(x));
    let e1 = product(first, evens(x + 16));
    let e2 = product(first, evens(x + 32));
    let e3 = product(first, evens(x + 48));
    let o0 = product(first, odds(x, p));
    let o1 = product(first, odds(x + 16, p));
    let o2 = product(first, odds(x + 32, p));
    let o3 = product(first, odds(x + 48, p));
    let w: usize = WEIGHTS + 4;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 4) {
      const y = <usize>load<u32>(q) + at;
      const weight = f32x4.splat(load<f32>(w));
      e0 = multiplyAdd<P>(weight, evens(y), e0);
      e1 = multiplyAdd<P>(weight, evens(y + 16), e1);
      e2 = multiplyAdd<P>(weight, evens(y + 32), e2);
      e3 = multiplyAdd<P>(weight, evens(y + 48), e3);
      o0 = multiplyAdd<P>(weight, odds(y, p), o0);
      o1 = multiplyAdd<P>(weight, odds(y + 16, p), o1);
      o2 = multiplyAdd<P>(weight, odds(y + 32, p), o2);
      o3 = multiplyAdd<P>(weight, odds(y + 48, p), o3);
    }
    const r0 = stored<D>(e0, o0, d, u, h, p);
    const r1 = stored<D>(e1, o1, d, u, h, p);
    const r2 = stored<D>(e2, o2, d, u, h, p);
    const r3 = stored<D>(e3, o3, d, u, h, p);
    v128.store(out + at, r0);
    v128.store(out + at, r1, 16);
    v128.store(out + at, r2, 32);
    v128.store(out + at, r3, 48);
    found = v128.or(found, v128.or(specials(r0, infinity), specials(r2, infinity)));
    alsoFound = v128.or(alsoFound, v128.or(specials(r1, infinity), specials(r3, infinity)));
  }
  found = v128.or(found, alsoFound);
  for (; at + 16 <= bytes; at += 16) {
    const x = <usize>load<u32>(POINTERS) + at;
    let even = product(first, evens(x));
    let odd = product(first, odds(x, p));
    let w: usize = WEIGHTS + 4;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 4) {
      const y = <usize>load<u32>(q) + at;
      const weight = f32x4.splat(load<f32>(w));
      even = multiplyAdd<P>(weight, evens(y), even);
      odd = multiplyAdd<P>(weight, odds(y, p), odd);
    }
    const r = stored<D>(even, odd, d, u, h, p);
    v128.store(out + at, r);
    found = v128.or(found, specials(r, infinity));
  }
  for (; at < bytes; at += 2) {
    let sum = product(first, odd(<usize>load<u32>(POINTERS) + at));
    let w: usize = WEIGHTS + 4;
    for (let q: usize = POINTERS + 4; q < pointersEnd; q += 4, w += 4) {
      sum = multiplyAdd<P>(f32x4.splat(load<f32>(w)), odd(<usize>load<u32>(q) + at), sum);
    }
    const r = stored<D>(sum, sum, d, u, h, p);
    v128.store16_lane(out + at, r, 0);
    found = v128.or(found, specials(r, infinity));
  }
  return v128.any_true(found);
}

export function storedMeanBF16(count: i32, divisor: f32, out: usize, n: usize): i32 {
  if (!fuses()) return storedMeanUnfusedBF16(count, divisor, out, n);
  const special = divisor == 1 ? meanAll<i8, i8>(count, divisor, out, n) : meanAll<i8, i16>(count, divisor, out, n);
  return special ? tidy(out, n) : 0;
}

/** The same in float64, as on a processor that does not fuse: gives the same bits. */
export function storedMeanUnfusedBF16(count: i32, divisor: f32, out: usize, n: usize): i32 {
  return meanAll<i16, i16>(count, divisor, out, n) ? tidy(out, n) : 0;
}
