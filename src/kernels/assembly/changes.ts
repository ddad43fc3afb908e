// Changes to a base, added up plainly or by vote; eight elements at a time, so that addresses and weights are loaded
// half as often. The last few elements go through a copy of the loop that works on one.

import { almostHalf, one, oneSingle, quietNaN, signBit, upperHalf } from "./constant-vectors";
import { onGrid } from "./grid";
import { POINTERS, TERMS, WEIGHTS } from "./layout";

/**
 * (sum / divisor) * lambda + base. F is i8 where both are 1, i16 where the divisor is, i32 where lambda is, else i64: a
 * condition in the loop would keep the compiler from making one vector of two.
 */
// @ts-ignore: decorator
@inline
function finish<T, F>(sum: v128, divisor: v128, lambda: v128, base: v128, u: v128, h: v128, p: v128): v128 {
  let m = sum;
  if (sizeof<F>() >= 4) m = onGrid<T>(f32x4.div(m, divisor), u, h, p);
  if ((sizeof<F>() & 10) != 0) m = onGrid<T>(f32x4.mul(m, lambda), u, h, p);
  return onGrid<T>(f32x4.add(base, m), u, h, p);
}

// @ts-ignore: decorator
@inline
function sumAll<T, F>(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
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
      const weight = f32x4.splat(load<f32>(i + WEIGHTS));
      a = f32x4.add(a, onGrid<T>(f32x4.mul(v128.load(change), weight), u, h, p));
      b = f32x4.add(b, onGrid<T>(f32x4.mul(v128.load(change, 16), weight), u, h, p));
    }
    a = onGrid<T>(a, u, h, p);
    b = onGrid<T>(b, u, h, p);
    a = finish<T, F>(a, d, l, v128.load(base + at), u, h, p);
    b = finish<T, F>(b, d, l, v128.load(base + at, 16), u, h, p);
    v128.store(out + at, a);
    v128.store(out + at, b, 16);
  }
  for (; at < bytes; at += 4) {
    let a = f32x4.splat(0);
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = v128.load32_zero(<usize>load<u32>(i + POINTERS) + at);
      a = f32x4.add(a, onGrid<T>(f32x4.mul(change, f32x4.splat(load<f32>(i + WEIGHTS))), u, h, p));
    }
    a = onGrid<T>(a, u, h, p);
    v128.store32_lane(out + at, finish<T, F>(a, d, l, v128.load32_zero(base + at), u, h, p), 0);
  }
}

// @ts-ignore: decorator
@inline
function sum<T>(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  if (divisor == 1 && lambda == 1) sumAll<T, i8>(count, divisor, lambda, base, out, n);
  else sumAll<T, i64>(count, divisor, lambda, base, out, n);
}

export function sumChangesF32(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  sum<f32>(count, divisor, lambda, base, out, n);
}

export function sumChangesBF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  sum<u16>(count, divisor, lambda, base, out, n);
}

export function sumChangesF16(count: i32, divisor: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  sum<i16>(count, divisor, lambda, base, out, n);
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
      a = f32x4.add(a, onGrid<T>(f32x4.mul(input, f32x4.splat(load<f32>(i + WEIGHTS))), u, h, p));
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

/** A term turned so that it is above 0 where it won, else 0. */
// @ts-ignore: decorator
@inline
function winning(term: v128, flip: v128): v128 {
  const turned = v128.xor(term, flip);
  return v128.and(turned, f32x4.gt(turned, f32x4.splat(0)));
}

/** A weight where its vote won, else 0. */
// @ts-ignore: decorator
@inline
function winningWeight(weight: v128, vote: v128, flip: v128): v128 {
  return v128.and(weight, f32x4.gt(v128.xor(vote, flip), f32x4.splat(0)));
}

/** What four elements of three changes make of the base. N is that of `voteAll`; lambda is 1. */
// @ts-ignore: decorator
@inline
function electedOfThree<T, N>(
  first: v128, second: v128, third: v128, wa: v128, wb: v128, wc: v128, base: v128,
  least: v128, m: v128, sign: v128, u: v128, h: v128, p: v128,
): v128 {
  const a = onGrid<T>(f32x4.mul(first, wa), u, h, p);
  const b = onGrid<T>(f32x4.mul(second, wb), u, h, p);
  const c = onGrid<T>(f32x4.mul(third, wc), u, h, p);
  const x = sizeof<N>() == 4 ? first : a;
  const y = sizeof<N>() == 4 ? second : b;
  const z = sizeof<N>() == 4 ? third : c;
  const votes = f32x4.add(f32x4.add(x, y), z);
  const flip = v128.andnot(sign, f32x4.ge(votes, least));
  const terms = f32x4.add(f32x4.add(winning(a, flip), winning(b, flip)), winning(c, flip));
  const sum = winner<T>(votes, terms, flip, u, h, p);
  if (sizeof<N>() == 2) return finish<T, i8>(sum, m, m, base, u, h, p);
  const mass = f32x4.add(
    f32x4.add(winningWeight(wa, x, flip), winningWeight(wb, y, flip)),
    winningWeight(wc, z, flip),
  );
  return finish<T, i32>(sum, massOf<T>(mass, m, u, h, p), m, base, u, h, p);
}

/** Three changes and a lambda of 1, a common case: what `voteAll` keeps in memory stays in registers. @returns how many bytes were done. */
// @ts-ignore: decorator
@inline
function voteThree<T, N>(leastMass: f32, base: usize, out: usize, bytes: usize): usize {
  const least = f32x4.splat(leastPlus<T>());
  const m = f32x4.splat(leastMass);
  const u = one();
  const h = almostHalf();
  const p = upperHalf();
  const sign = signBit();
  const a = <usize>load<u32>(POINTERS);
  const b = <usize>load<u32>(POINTERS + 4);
  const c = <usize>load<u32>(POINTERS + 8);
  const wa = f32x4.splat(load<f32>(WEIGHTS));
  const wb = f32x4.splat(load<f32>(WEIGHTS + 4));
  const wc = f32x4.splat(load<f32>(WEIGHTS + 8));
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    const low = electedOfThree<T, N>(
      v128.load(a + at), v128.load(b + at), v128.load(c + at), wa, wb, wc,
      v128.load(base + at), least, m, sign, u, h, p,
    );
    const high = electedOfThree<T, N>(
      v128.load(a + at, 16), v128.load(b + at, 16), v128.load(c + at, 16), wa, wb, wc,
      v128.load(base + at, 16), least, m, sign, u, h, p,
    );
    v128.store(out + at, high, 16);
    v128.store(out + at, low);
  }
  return at;
}

// @ts-ignore: decorator
@inline
function finishVote<T, N>(sum: v128, mass: v128, lambda: v128, base: v128, u: v128, h: v128, p: v128): v128 {
  if (sizeof<N>() == 2) return finish<T, i16>(sum, mass, lambda, base, u, h, p);
  return finish<T, i64>(sum, mass, lambda, base, u, h, p);
}

/**
 * The votes are added up first; then the terms, turned so that those of the winning side are above 0. N is i8 where the
 * sum is divided by the weights, i16 where it is not, i32 where it is divided and the changes vote without weights.
 */
// @ts-ignore: decorator
@inline
function voteAll<T, N>(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  const bytesOfInputs = <usize>count << 2;
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
  if (count == 3 && lambda == 1) at = voteThree<T, N>(leastMass, base, out, bytes);
  for (; at + 32 <= bytes; at += 32) {
    let votes = zero;
    let votes1 = zero;
    let terms: usize = TERMS;
    for (let i: usize = 0; i < bytesOfInputs; i += 4, terms += 32) {
      const change = <usize>load<u32>(i + POINTERS) + at;
      const weight = f32x4.splat(load<f32>(i + WEIGHTS));
      const first = v128.load(change);
      const second = v128.load(change, 16);
      const term = onGrid<T>(f32x4.mul(first, weight), u, h, p);
      const term1 = onGrid<T>(f32x4.mul(second, weight), u, h, p);
      votes = f32x4.add(votes, sizeof<N>() == 4 ? first : term);
      votes1 = f32x4.add(votes1, sizeof<N>() == 4 ? second : term1);
      v128.store(terms, term);
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
      const weight = f32x4.splat(load<f32>(i + WEIGHTS));
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
    sum = finishVote<T, N>(sum, mass, l, v128.load(base + at), u, h, p);
    sum1 = finishVote<T, N>(sum1, mass1, l, v128.load(base + at, 16), u, h, p);
    v128.store(out + at, sum);
    v128.store(out + at, sum1, 16);
  }
  for (; at < bytes; at += 4) {
    let votes = zero;
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const change = v128.load32_zero(<usize>load<u32>(i + POINTERS) + at);
      const term = onGrid<T>(f32x4.mul(change, f32x4.splat(load<f32>(i + WEIGHTS))), u, h, p);
      votes = f32x4.add(votes, sizeof<N>() == 4 ? change : term);
    }
    const flip = v128.andnot(sign, f32x4.ge(votes, least));
    let sum = zero;
    let mass = zero;
    for (let i: usize = 0; i < bytesOfInputs; i += 4) {
      const weight = f32x4.splat(load<f32>(i + WEIGHTS));
      const change = v128.load32_zero(<usize>load<u32>(i + POINTERS) + at);
      const term = v128.xor(onGrid<T>(f32x4.mul(change, weight), u, h, p), flip);
      sum = f32x4.add(sum, v128.and(term, f32x4.gt(term, zero)));
      const voter = sizeof<N>() == 4 ? v128.xor(change, flip) : term;
      mass = f32x4.add(mass, v128.and(weight, f32x4.gt(voter, zero)));
    }
    sum = winner<T>(votes, sum, flip, u, h, p);
    mass = massOf<T>(mass, m, u, h, p);
    v128.store32_lane(out + at, finishVote<T, N>(sum, mass, l, v128.load32_zero(base + at), u, h, p), 0);
  }
}

export function voteChangesF32(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<f32, i16>(count, -Infinity, lambda, base, out, n);
}

export function voteMeansF32(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<f32, i8>(count, leastMass, lambda, base, out, n);
}

export function voteMeansUnweightedF32(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<f32, i32>(count, leastMass, lambda, base, out, n);
}

export function voteChangesBF16(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<u16, i16>(count, -Infinity, lambda, base, out, n);
}

export function voteMeansBF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<u16, i8>(count, leastMass, lambda, base, out, n);
}

export function voteMeansUnweightedBF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<u16, i32>(count, leastMass, lambda, base, out, n);
}

export function voteChangesF16(count: i32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<i16, i16>(count, -Infinity, lambda, base, out, n);
}

export function voteMeansF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<i16, i8>(count, leastMass, lambda, base, out, n);
}

export function voteMeansUnweightedF16(count: i32, leastMass: f32, lambda: f32, base: usize, out: usize, n: usize): void {
  voteAll<i16, i32>(count, leastMass, lambda, base, out, n);
}
