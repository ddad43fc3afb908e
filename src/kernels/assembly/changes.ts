// Changes to a base, added up plainly or by vote; eight elements at a time, so that addresses and weights are loaded
// half as often. The last few elements go through a copy of the loop that works on one.

import { almostHalf, one, oneSingle, quietNaN, signBit, upperHalf } from "./constant-vectors";
import { onGrid } from "./grid";
import { POINTERS, TERMS, WEIGHTS } from "./layout";

/** (sum / divisor) * lambda + base, where `scaled` says that lambda is not 1. */
// @ts-ignore: decorator
@inline
function finish<T>(sum: v128, divisor: v128, divided: bool, lambda: v128, scaled: bool, base: v128, u: v128, h: v128, p: v128): v128 {
  let m = sum;
  if (divided) m = onGrid<T>(f32x4.div(m, divisor), u, h, p);
  if (scaled) m = onGrid<T>(f32x4.mul(m, lambda), u, h, p);
  return onGrid<T>(f32x4.add(base, m), u, h, p);
}

// @ts-ignore: decorator
@inline
function sumAll<T>(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
  const divided = divisor != 1;
  const scaled = lambda != 1;
  const d = f32x4.splat(divisor);
  const l = f32x4.splat(lambda);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = <usize>load<u32>(i + POINTERS) + at;
      const weight = v128.load32_splat(i + WEIGHTS);
      a = f32x4.add(a, onGrid<T>(f32x4.mul(v128.load(change), weight), u, h, p));
      b = f32x4.add(b, onGrid<T>(f32x4.mul(v128.load(change, 16), weight), u, h, p));
    }
    a = onGrid<T>(a, u, h, p);
    b = onGrid<T>(b, u, h, p);
    v128.store(out + at, finish<T>(a, d, divided, l, scaled, v128.load(base + at), u, h, p));
    v128.store(out + at, finish<T>(b, d, divided, l, scaled, v128.load(base + at, 16), u, h, p), 16);
  }
  for (; at < bytes; at += 4) {
    let a = f32x4.splat(0);
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = v128.load32_zero(<usize>load<u32>(i + POINTERS) + at);
      a = f32x4.add(a, onGrid<T>(f32x4.mul(change, v128.load32_splat(i + WEIGHTS)), u, h, p));
    }
    a = onGrid<T>(a, u, h, p);
    v128.store32_lane(out + at, finish<T>(a, d, divided, l, scaled, v128.load32_zero(base + at), u, h, p), 0);
  }
}

export function sumChangesF32(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  sumAll<f32>(count, divisor, lambda, base, out, n);
}

export function sumChangesBF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  sumAll<u16>(count, divisor, lambda, base, out, n);
}

export function sumChangesF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  sumAll<i16>(count, divisor, lambda, base, out, n);
}

/** The sum of the weighted inputs, each product rounded. */
// @ts-ignore: decorator
@inline
function weightedSumAll<T>(count: i32, out: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const bytes = n << 2;
  for (let at: usize = 0; at < bytes;) {
    const whole = at + 16 <= bytes;
    let a = f32x4.splat(0);
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const address = <usize>load<u32>(i + POINTERS) + at;
      const input = whole ? v128.load(address) : v128.load32_zero(address);
      a = f32x4.add(a, onGrid<T>(f32x4.mul(input, v128.load32_splat(i + WEIGHTS)), u, h, p));
    }
    a = onGrid<T>(a, u, h, p);
    if (whole) v128.store(out + at, a);
    else v128.store32_lane(out + at, a, 0);
    at += whole ? 16 : 4;
  }
}

export function weightedSumF32(count: i32, out: usize, n: usize): void {
  weightedSumAll<f32>(count, out, n);
}

export function weightedSumBF16(count: i32, out: usize, n: usize): void {
  weightedSumAll<u16>(count, out, n);
}

export function weightedSumF16(count: i32, out: usize, n: usize): void {
  weightedSumAll<i16>(count, out, n);
}

/** The least sum of votes that rounds to a number that is not negative. */
// @ts-ignore: decorator
@inline
function leastPlus<T>(): f32 {
  if (sizeof<T>() == 4) return 0;
  if (isSigned<T>()) return reinterpret<f32>(0xb3000000); // -2^-25
  return reinterpret<f32>(0x80008000); // -2^-134
}

/** The sum of the winning side, turned to its sign; NaN where the votes are. */
// @ts-ignore: decorator
@inline
function winner<T>(votes: v128, sum: v128, flip: v128, u: v128, h: v128, p: v128): v128 {
  // Adding 0 makes a plus of the minus that a sum of 0 would get.
  const turned = f32x4.add(f32x4.splat(0), v128.xor(onGrid<T>(sum, u, h, p), flip));
  return v128.or(turned, v128.and(f32x4.ne(votes, votes), quietNaN()));
}

/** The weights of the winning side, 1 where they cancel, and at least `least`. */
// @ts-ignore: decorator
@inline
function massOf<T>(sum: v128, least: v128, u: v128, h: v128, p: v128): v128 {
  const mass = onGrid<T>(sum, u, h, p);
  return f32x4.pmax(v128.bitselect(oneSingle(), mass, f32x4.eq(mass, f32x4.splat(0))), least);
}

/**
 * The votes are added up first; then the terms, turned so that those of the winning side are above 0. N is i8 where the
 * sum is divided by the weights, i16 where it is not, i32 where it is divided and the changes vote without weights.
 */
// @ts-ignore: decorator
@inline
function voteAll<T, N>(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
  const scaled = lambda != 1;
  const divided = sizeof<N>() != 2;
  const l = f32x4.splat(lambda);
  const least = f32x4.splat(leastPlus<T>());
  const m = f32x4.splat(leastMass);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const sign = signBit();
  const zero = f32x4.splat(0);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    let votes = zero;
    let votes1 = zero;
    let terms: usize = TERMS;
    for (let i: usize = 0; i < bytesOfInputs; i += 4, terms += 32) {
      const change = <usize>load<u32>(i + POINTERS) + at;
      const weight = v128.load32_splat(i + WEIGHTS);
      const first = v128.load(change);
      const term = onGrid<T>(f32x4.mul(first, weight), u, h, p);
      votes = f32x4.add(votes, sizeof<N>() == 4 ? first : term);
      v128.store(terms, term);
      const second = v128.load(change, 16);
      const term1 = onGrid<T>(f32x4.mul(second, weight), u, h, p);
      votes1 = f32x4.add(votes1, sizeof<N>() == 4 ? second : term1);
      v128.store(terms, term1, 16);
    }
    const flip = v128.andnot(sign, f32x4.ge(votes, least));
    const flip1 = v128.andnot(sign, f32x4.ge(votes1, least));
    let sum = zero;
    let sum1 = zero;
    let mass = zero;
    let mass1 = zero;
    terms = TERMS;
    for (let i: usize = 0; i < bytesOfInputs; i += 4, terms += 32) {
      const weight = v128.load32_splat(i + WEIGHTS);
      const term = v128.xor(v128.load(terms), flip);
      const counted = f32x4.gt(term, zero);
      sum = f32x4.add(sum, v128.and(term, counted));
      const term1 = v128.xor(v128.load(terms, 16), flip1);
      const counted1 = f32x4.gt(term1, zero);
      sum1 = f32x4.add(sum1, v128.and(term1, counted1));
      if (sizeof<N>() == 1) {
        mass = f32x4.add(mass, v128.and(weight, counted));
        mass1 = f32x4.add(mass1, v128.and(weight, counted1));
      }
      if (sizeof<N>() == 4) {
        const change = <usize>load<u32>(i + POINTERS) + at;
        mass = f32x4.add(mass, v128.and(weight, f32x4.gt(v128.xor(v128.load(change), flip), zero)));
        mass1 = f32x4.add(mass1, v128.and(weight, f32x4.gt(v128.xor(v128.load(change, 16), flip1), zero)));
      }
    }
    sum = winner<T>(votes, sum, flip, u, h, p);
    sum1 = winner<T>(votes1, sum1, flip1, u, h, p);
    if (divided) {
      mass = massOf<T>(mass, m, u, h, p);
      mass1 = massOf<T>(mass1, m, u, h, p);
    }
    v128.store(out + at, finish<T>(sum, mass, divided, l, scaled, v128.load(base + at), u, h, p));
    v128.store(out + at, finish<T>(sum1, mass1, divided, l, scaled, v128.load(base + at, 16), u, h, p), 16);
  }
  for (; at < bytes; at += 4) {
    let votes = zero;
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = v128.load32_zero(<usize>load<u32>(i + POINTERS) + at);
      const term = onGrid<T>(f32x4.mul(change, v128.load32_splat(i + WEIGHTS)), u, h, p);
      votes = f32x4.add(votes, sizeof<N>() == 4 ? change : term);
    }
    const flip = v128.andnot(sign, f32x4.ge(votes, least));
    let sum = zero;
    let mass = zero;
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const weight = v128.load32_splat(i + WEIGHTS);
      const change = v128.load32_zero(<usize>load<u32>(i + POINTERS) + at);
      const term = v128.xor(onGrid<T>(f32x4.mul(change, weight), u, h, p), flip);
      sum = f32x4.add(sum, v128.and(term, f32x4.gt(term, zero)));
      const voter = sizeof<N>() == 4 ? v128.xor(change, flip) : term;
      mass = f32x4.add(mass, v128.and(weight, f32x4.gt(voter, zero)));
    }
    sum = winner<T>(votes, sum, flip, u, h, p);
    mass = massOf<T>(mass, m, u, h, p);
    v128.store32_lane(out + at, finish<T>(sum, mass, divided, l, scaled, v128.load32_zero(base + at), u, h, p), 0);
  }
}

/** A term turned so that it is above 0 where it won, else 0. */
// @ts-ignore: decorator
@inline
function winning(term: v128, flip: v128): v128 {
  return f32x4.pmax(f32x4.splat(0), v128.xor(term, flip));
}

/** The sum of those of three terms that have the sign of the majority. */
// @ts-ignore: decorator
@inline
function electedOfThree<T>(a: v128, b: v128, c: v128, least: v128, sign: v128, u: v128, h: v128, p: v128): v128 {
  const votes = f32x4.add(f32x4.add(a, b), c);
  const flip = v128.andnot(sign, f32x4.ge(votes, least));
  const sum = f32x4.add(f32x4.add(winning(a, flip), winning(b, flip)), winning(c, flip));
  return winner<T>(votes, sum, flip, u, h, p);
}

/** Three changes whose sum is not divided, a common case: what `voteAll` keeps in memory stays in registers. */
// @ts-ignore: decorator
@inline
function voteThree<T>(lambda: f32, base: usize, out: usize, n: usize): void {
  const scaled = lambda != 1;
  const l = f32x4.splat(lambda);
  const least = f32x4.splat(leastPlus<T>());
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const sign = signBit();
  const first = <usize>load<u32>(POINTERS);
  const second = <usize>load<u32>(POINTERS + 4);
  const third = <usize>load<u32>(POINTERS + 8);
  const wa = v128.load32_splat(WEIGHTS);
  const wb = v128.load32_splat(WEIGHTS + 4);
  const wc = v128.load32_splat(WEIGHTS + 8);
  const bytes = n << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const a = onGrid<T>(f32x4.mul(v128.load(first + at), wa), u, h, p);
    const b = onGrid<T>(f32x4.mul(v128.load(second + at), wb), u, h, p);
    const c = onGrid<T>(f32x4.mul(v128.load(third + at), wc), u, h, p);
    const sum = electedOfThree<T>(a, b, c, least, sign, u, h, p);
    v128.store(out + at, finish<T>(sum, l, false, l, scaled, v128.load(base + at), u, h, p));
  }
  for (; at < bytes; at += 4) {
    const a = onGrid<T>(f32x4.mul(v128.load32_zero(first + at), wa), u, h, p);
    const b = onGrid<T>(f32x4.mul(v128.load32_zero(second + at), wb), u, h, p);
    const c = onGrid<T>(f32x4.mul(v128.load32_zero(third + at), wc), u, h, p);
    const sum = electedOfThree<T>(a, b, c, least, sign, u, h, p);
    v128.store32_lane(out + at, finish<T>(sum, l, false, l, scaled, v128.load32_zero(base + at), u, h, p), 0);
  }
}

// @ts-ignore: decorator
@inline
function vote<T>(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  if (count == 3) voteThree<T>(lambda, base, out, n);
  else voteAll<T, i16>(count, -Infinity, lambda, base, out, n);
}

export function voteChangesF32(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  vote<f32>(count, lambda, base, out, n);
}

export function voteMeansF32(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<f32, i8>(count, leastMass, lambda, base, out, n);
}

export function voteMeansUnweightedF32(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<f32, i32>(count, leastMass, lambda, base, out, n);
}

export function voteChangesBF16(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  vote<u16>(count, lambda, base, out, n);
}

export function voteMeansBF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<u16, i8>(count, leastMass, lambda, base, out, n);
}

export function voteMeansUnweightedBF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<u16, i32>(count, leastMass, lambda, base, out, n);
}

export function voteChangesF16(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  vote<i16>(count, lambda, base, out, n);
}

export function voteMeansF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<i16, i8>(count, leastMass, lambda, base, out, n);
}

export function voteMeansUnweightedF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<i16, i32>(count, leastMass, lambda, base, out, n);
}
