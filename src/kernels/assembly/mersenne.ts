// MT19937: the state is 624 words at MERSENNE, with the first four again behind the last, so that vectors may run over.

import { lower24, magnitudeBits, one, signBit, temperB, temperC, twistMatrix } from "./constant-vectors";
import { MERSENNE } from "./layout";

const N: usize = 624 << 2;
const M: usize = 397 << 2;

// @ts-ignore: decorator
@inline
function next(p: usize, far: v128, lower: v128, unit: v128, matrix: v128): v128 {
  const mixed = v128.or(v128.and(v128.load(p, 4), lower), v128.andnot(v128.load(p), lower));
  const odd = i32x4.eq(v128.and(mixed, unit), unit);
  return v128.xor(v128.xor(far, i32x4.shr_u(mixed, 1)), v128.and(odd, matrix));
}

/** Bytes of the words before those whose far neighbours are in both the old and the new state, in whole pairs of vectors. */
const PAIRED: usize = 224 << 2;

/** Makes eight words at `p` of the old ones there and of those `far` bytes away. */
// @ts-ignore: decorator
@inline
function twistEight(p: usize, far: usize, lower: v128, unit: v128, matrix: v128): void {
  const low = next(p, v128.load(p + far), lower, unit, matrix);
  const high = next(p + 16, v128.load(p + far, 16), lower, unit, matrix);
  v128.store(p, low);
  v128.store(p, high, 16);
}

/** Makes the next 624 words, not tempered, in place; `times` over. */
export function mersenneTwist(times: i32): void {
  const lower = magnitudeBits();
  const unit = one();
  const matrix = twistMatrix();
  for (; times > 0; times--) {
    const start: usize = MERSENNE;
    let p = start;
    for (; p < start + PAIRED; p += 32) twistEight(p, M, lower, unit, matrix);
    v128.store(start + N, v128.load(start));
    for (const end = p + 32; p < end; p += 16) {
      v128.store(p, next(p, v128.load(p + (p < start + N - M ? M : M - N)), lower, unit, matrix));
    }
    for (; p < start + N; p += 32) twistEight(p, M - N, lower, unit, matrix);
  }
}

// @ts-ignore: decorator
@inline
function temper(v: v128, b: v128, c: v128): v128 {
  v = v128.xor(v, i32x4.shr_u(v, 11));
  v = v128.xor(v, v128.and(i32x4.shl(v, 7), b));
  v = v128.xor(v, v128.and(i32x4.shl(v, 15), c));
  return v128.xor(v, i32x4.shr_u(v, 18));
}

/** How many words of this state the next run takes. */
// @ts-ignore: decorator
@inline
function runLength(index: usize, left: usize): usize {
  return min<usize>(624 - index, left);
}

export function mersenneWords(index: usize, out: usize, n: usize): usize {
  const b = temperB();
  const c = temperC();
  while (n > 0) {
    if (index == 624) {
      mersenneTwist(1);
      index = 0;
    }
    const run = runLength(index, n);
    let p = <usize>MERSENNE + (index << 2);
    const end = out + (run << 2);
    for (; out + 32 <= end; out += 32, p += 32) {
      const low = temper(v128.load(p), b, c);
      const high = temper(v128.load(p, 16), b, c);
      v128.store(out, low);
      v128.store(out, high, 16);
    }
    for (; out < end; out += 4, p += 4) v128.store32_lane(out, temper(v128.load32_zero(p), b, c), 0);
    index += run;
    n -= run;
  }
  return index;
}

/** Tempering without its last step, which leaves all but the lowest 14 bits alone. */
// @ts-ignore: decorator
@inline
function temperHigh(v: v128, b: v128, c: v128): v128 {
  v = v128.xor(v, i32x4.shr_u(v, 11));
  v = v128.xor(v, v128.and(i32x4.shl(v, 7), b));
  return v128.xor(v, v128.and(i32x4.shl(v, 15), c));
}

/** What is left of values for words of the state. T is i16 where the limits' lowest 14 bits are 0. */
// @ts-ignore: decorator
@inline
function kept<T>(word: v128, values: v128, limit: v128, b: v128, c: v128, low24: v128, sign: v128): v128 {
  const draw = v128.and(sizeof<T>() == 2 ? temperHigh(word, b, c) : temper(word, b, c), low24);
  return v128.and(values, v128.or(i32x4.lt_s(draw, limit), sign));
}

/** Makes eight words as `twistEight` does, and drops the values that are `away` from them out by them. */
// @ts-ignore: decorator
@inline
function dropEight<T>(
  p: usize, far: usize, away: usize, limit: v128,
  lower: v128, unit: v128, matrix: v128, b: v128, c: v128, low24: v128, sign: v128,
): void {
  const low = next(p, v128.load(p + far), lower, unit, matrix);
  const high = next(p + 16, v128.load(p + far, 16), lower, unit, matrix);
  const lowKept = kept<T>(low, v128.load(p + away), limit, b, c, low24, sign);
  const highKept = kept<T>(high, v128.load(p + away, 16), limit, b, c, low24, sign);
  v128.store(p, low);
  v128.store(p, high, 16);
  v128.store(p + away, lowKept);
  v128.store(p + away, highKept, 16);
}

/** Makes the next 624 words, and drops as many values out by them on the way. */
// @ts-ignore: decorator
@inline
function twistAndDrop<T>(values: usize, limit: v128, b: v128, c: v128, low24: v128, sign: v128): void {
  const lower = magnitudeBits();
  const unit = one();
  const matrix = twistMatrix();
  const start: usize = MERSENNE;
  const away = values - start;
  let p = start;
  for (; p < start + PAIRED; p += 32) dropEight<T>(p, M, away, limit, lower, unit, matrix, b, c, low24, sign);
  v128.store(start + N, v128.load(start));
  for (const end = p + 32; p < end; p += 16) {
    const word = next(p, v128.load(p + (p < start + N - M ? M : M - N)), lower, unit, matrix);
    v128.store(p, word);
    v128.store(p + away, kept<T>(word, v128.load(p + away), limit, b, c, low24, sign));
  }
  for (; p < start + N; p += 32) dropEight<T>(p, M - N, away, limit, lower, unit, matrix, b, c, low24, sign);
}

// @ts-ignore: decorator
@inline
function dropOut<T>(index: usize, values: usize, n: usize, limit: i32): usize {
  const l = i32x4.splat(limit);
  const b = temperB();
  const c = temperC();
  const low24 = lower24();
  const sign = signBit();
  while (n > 0) {
    if (index == 624 && n >= 624) {
      twistAndDrop<T>(values, l, b, c, low24, sign);
      values += N;
      n -= 624;
      continue;
    }
    if (index == 624) {
      mersenneTwist(1);
      index = 0;
    }
    const run = runLength(index, n);
    let p = <usize>MERSENNE + (index << 2);
    const end = values + (run << 2);
    for (; values + 16 <= end; values += 16, p += 16) {
      v128.store(values, kept<T>(v128.load(p), v128.load(values), l, b, c, low24, sign));
    }
    for (; values < end; values += 4, p += 4) {
      const left = kept<T>(v128.load32_zero(p), v128.load32_zero(values), l, b, c, low24, sign);
      v128.store32_lane(values, left, 0);
    }
    index += run;
    n -= run;
  }
  return index;
}

/** Keeps what is drawn below `limit`, [0, 2^24]; signs stay. */
export function mersenneDropOut(index: usize, values: usize, n: usize, limit: i32): usize {
  return (limit & 0x3fff) == 0 ? dropOut<i16>(index, values, n, limit) : dropOut<i32>(index, values, n, limit);
}
