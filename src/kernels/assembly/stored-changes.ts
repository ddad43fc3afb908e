// Sums of stored bfloat16 changes, scaled and added to a stored base, with nothing of float32 in memory between; see changes.ts for
// the arithmetic without the scale.

import { almostHalf, one, upperHalf } from "./constant-vectors";
import { onGrid } from "./grid";
import { FACTORS, POINTERS, WEIGHTS } from "./layout";
import { evens, joined, odd, odds, specials, storedInfinity, tidy } from "./stored-pairs";

/** Bytes of each input that a step takes: two pairs of vectors. */
const STEP: usize = 64;

/** A change, scaled and weighed. */
// @ts-ignore: decorator
@inline
function term(change: v128, factor: v128, weight: v128, u: v128, h: v128, p: v128): v128 {
  const scaled = onGrid<u16>(f32x4.mul(change, factor), u, h, p);
  return onGrid<u16>(f32x4.mul(scaled, weight), u, h, p);
}

/** (sum / divisor) * lambda + base; F is i8 where both are 1. */
// @ts-ignore: decorator
@inline
function finish<F>(sum: v128, divisor: v128, lambda: v128, base: v128, u: v128, h: v128, p: v128): v128 {
  let m = onGrid<u16>(sum, u, h, p);
  if (sizeof<F>() != 1) {
    m = onGrid<u16>(f32x4.div(m, divisor), u, h, p);
    m = onGrid<u16>(f32x4.mul(m, lambda), u, h, p);
  }
  return onGrid<u16>(f32x4.add(base, m), u, h, p);
}

/** Returns whether any of the results is not finite. */
// @ts-ignore: decorator
@inline
function sumAll<F>(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): bool {
  const d = f32x4.splat(divisor);
  const l = f32x4.splat(lambda);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const infinity = storedInfinity();
  const zero = f32x4.splat(0);
  const pointersEnd: usize = POINTERS + (count << 2);
  const bytes = n << 1;
  let found = zero;
  let alsoFound = zero;
  let at: usize = 0;
  for (; at + STEP <= bytes; at += STEP) {
    let e0 = zero;
    let e1 = zero;
    let e2 = zero;
    let e3 = zero;
    let o0 = zero;
    let o1 = zero;
    let o2 = zero;
    let o3 = zero;
    let w: usize = WEIGHTS;
    for (let q: usize = POINTERS; q < pointersEnd; q += 4, w += 4) {
      const x = <usize>load<u32>(q) + at;
      const weight = f32x4.splat(load<f32>(w));
      const factor = f32x4.splat(load<f32>(w, FACTORS - WEIGHTS));
      e0 = f32x4.add(e0, term(evens(x), factor, weight, u, h, p));
      e1 = f32x4.add(e1, term(evens(x + 16), factor, weight, u, h, p));
      e2 = f32x4.add(e2, term(evens(x + 32), factor, weight, u, h, p));
      e3 = f32x4.add(e3, term(evens(x + 48), factor, weight, u, h, p));
      o0 = f32x4.add(o0, term(odds(x, p), factor, weight, u, h, p));
      o1 = f32x4.add(o1, term(odds(x + 16, p), factor, weight, u, h, p));
      o2 = f32x4.add(o2, term(odds(x + 32, p), factor, weight, u, h, p));
      o3 = f32x4.add(o3, term(odds(x + 48, p), factor, weight, u, h, p));
    }
    const y = base + at;
    const r0 = joined(finish<F>(e0, d, l, evens(y), u, h, p), finish<F>(o0, d, l, odds(y, p), u, h, p));
    const r1 = joined(finish<F>(e1, d, l, evens(y + 16), u, h, p), finish<F>(o1, d, l, odds(y + 16, p), u, h, p));
    const r2 = joined(finish<F>(e2, d, l, evens(y + 32), u, h, p), finish<F>(o2, d, l, odds(y + 32, p), u, h, p));
    const r3 = joined(finish<F>(e3, d, l, evens(y + 48), u, h, p), finish<F>(o3, d, l, odds(y + 48, p), u, h, p));
    v128.store(out + at, r0);
    v128.store(out + at, r1, 16);
    v128.store(out + at, r2, 32);
    v128.store(out + at, r3, 48);
    found = v128.or(found, v128.or(specials(r0, infinity), specials(r2, infinity)));
    alsoFound = v128.or(alsoFound, v128.or(specials(r1, infinity), specials(r3, infinity)));
  }
  found = v128.or(found, alsoFound);
  for (; at < bytes; at += 2) {
    let sum = zero;
    let w: usize = WEIGHTS;
    for (let q: usize = POINTERS; q < pointersEnd; q += 4, w += 4) {
      const factor = f32x4.splat(load<f32>(w, FACTORS - WEIGHTS));
      sum = f32x4.add(sum, term(odd(<usize>load<u32>(q) + at), factor, f32x4.splat(load<f32>(w)), u, h, p));
    }
    const own = finish<F>(sum, d, l, odd(base + at), u, h, p);
    const r = joined(own, own);
    v128.store16_lane(out + at, r, 0);
    found = v128.or(found, specials(r, infinity));
  }
  return v128.any_true(found);
}

export function storedSumBF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): i32 {
  const isPlain = divisor == 1 && lambda == 1;
  const special = isPlain
    ? sumAll<i8>(count, divisor, lambda, base, out, n)
    : sumAll<i16>(count, divisor, lambda, base, out, n);
  return special ? tidy(out, n) : 0;
}
