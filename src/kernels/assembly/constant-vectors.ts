// Constant vectors, kept in memory: a load costs one operation, where the compiler would build a literal vector from
// general registers in every iteration.

import { CONSTANTS } from "./layout";

/** Fills the memory; called once, before any kernel. */
export function prepareConstants(): void {
  v128.store(CONSTANTS, i32x4.splat(1));
  v128.store(CONSTANTS + 16, i32x4.splat(0x7fff));
  v128.store(CONSTANTS + 32, i32x4.splat(0xffff0000));
  v128.store(CONSTANTS + 48, i32x4.splat(0x7f800000));
  v128.store(CONSTANTS + 64, i32x4.splat(0x80000000));
  v128.store(CONSTANTS + 80, i32x4.splat(0x7fffffff));
  v128.store(CONSTANTS + 96, i32x4.splat(113 << 23));
  v128.store(CONSTANTS + 112, i32x4.splat(143 << 23));
  v128.store(CONSTANTS + 128, i32x4.splat((13 << 23) + 0x400000));
  v128.store(CONSTANTS + 144, i32x4.splat((127 + 112) << 23));
  v128.store(CONSTANTS + 160, i32x4.splat((127 - 112) << 23));
  v128.store(CONSTANTS + 176, f32x4.splat(1));
  v128.store(CONSTANTS + 192, i32x4.splat(0x7fc00000));
  v128.store(CONSTANTS + 208, i32x4.splat(0x9908b0df));
  v128.store(CONSTANTS + 224, i32x4.splat(0x9d2c5680));
  v128.store(CONSTANTS + 240, i32x4.splat(0xefc60000));
  v128.store(CONSTANTS + 256, i32x4.splat(0xffffff));
  v128.store(CONSTANTS + 272, i32x4.splat(0x7fff));
  v128.store(CONSTANTS + 288, i32x4.splat(0x400));
  v128.store(CONSTANTS + 304, i32x4.splat(0x7c00));
  v128.store(CONSTANTS + 320, i32x4.splat(112 << 23));
  v128.store(CONSTANTS + 336, f32x4.splat(1.000244140625));
  v128.store(CONSTANTS + 352, i64x2.splat(1));
}

// @ts-ignore: decorator
@inline
export function one(): v128 {
  return v128.load(CONSTANTS);
}

/** Just below half of the last place of bfloat16. */
// @ts-ignore: decorator
@inline
export function almostHalf(): v128 {
  return v128.load(CONSTANTS + 16);
}

// @ts-ignore: decorator
@inline
export function upperHalf(): v128 {
  return v128.load(CONSTANTS + 32);
}

/** The exponent's bits; also infinity. */
// @ts-ignore: decorator
@inline
export function exponentBits(): v128 {
  return v128.load(CONSTANTS + 48);
}

// @ts-ignore: decorator
@inline
export function signBit(): v128 {
  return v128.load(CONSTANTS + 64);
}

// @ts-ignore: decorator
@inline
export function magnitudeBits(): v128 {
  return v128.load(CONSTANTS + 80);
}

/** 2^-14, the smallest normal float16. */
// @ts-ignore: decorator
@inline
export function smallestHalf(): v128 {
  return v128.load(CONSTANTS + 96);
}

/** 2^16, above all float16. */
// @ts-ignore: decorator
@inline
export function aboveHalf(): v128 {
  return v128.load(CONSTANTS + 112);
}

/** Added to an exponent: 1.5 * 2^13 times its power of two. */
// @ts-ignore: decorator
@inline
export function halfShifter(): v128 {
  return v128.load(CONSTANTS + 128);
}

/** 2^112 */
// @ts-ignore: decorator
@inline
export function up112(): v128 {
  return v128.load(CONSTANTS + 144);
}

/** 2^-112 */
// @ts-ignore: decorator
@inline
export function down112(): v128 {
  return v128.load(CONSTANTS + 160);
}

// @ts-ignore: decorator
@inline
export function oneSingle(): v128 {
  return v128.load(CONSTANTS + 176);
}

// @ts-ignore: decorator
@inline
export function quietNaN(): v128 {
  return v128.load(CONSTANTS + 192);
}

// @ts-ignore: decorator
@inline
export function twistMatrix(): v128 {
  return v128.load(CONSTANTS + 208);
}

// @ts-ignore: decorator
@inline
export function temperB(): v128 {
  return v128.load(CONSTANTS + 224);
}

// @ts-ignore: decorator
@inline
export function temperC(): v128 {
  return v128.load(CONSTANTS + 240);
}

// @ts-ignore: decorator
@inline
export function lower24(): v128 {
  return v128.load(CONSTANTS + 256);
}

// @ts-ignore: decorator
@inline
export function halfMagnitude(): v128 {
  return v128.load(CONSTANTS + 272);
}

// @ts-ignore: decorator
@inline
export function halfNormal(): v128 {
  return v128.load(CONSTANTS + 288);
}

// @ts-ignore: decorator
@inline
export function halfInfinity(): v128 {
  return v128.load(CONSTANTS + 304);
}

/** What float32's exponent is larger by than float16's. */
// @ts-ignore: decorator
@inline
export function exponentOffset(): v128 {
  return v128.load(CONSTANTS + 320);
}

/** 1 + 2^-12, whose square needs one bit more than float32 has. */
// @ts-ignore: decorator
@inline
export function fusedProbe(): v128 {
  return v128.load(CONSTANTS + 336);
}

// @ts-ignore: decorator
@inline
export function oneWide(): v128 {
  return v128.load(CONSTANTS + 352);
}
