/**
 * Softmax of one row with the bits that torch gives on processors with vectors of 16 lanes: exponentials from a
 * polynomial of degree six in float32 with one rounding for a product and its sum, added up in 16 lanes.
 *
 * @source N. Shibata, F. Petrogalli 2020, "SLEEF: a portable vectorized library of C standard mathematical functions",
 * https://arxiv.org/abs/2001.09258 (the exponential within one unit in the last place)
 */

/** Sums of exponentials kept beside each other. */
export const SOFTMAX_LANES = 16;

/** Below this, an exponential is 0. */
const LEAST_EXPONENT = -104;

const { fround } = Math;

const LOG2_E = fround(Math.LOG2E);
/** ln 2 = high + low; whole multiples of the high part are exact. */
const LN2_HIGH = fround(0.693145751953125);
const LN2_LOW = fround(1.428606765330187e-6);
const [C2, C3, C4, C5, C6, C7] = [
  0.5,
  fround(0.1666666716337204),
  fround(0.04166648536920547),
  fround(0.008333360776305199),
  fround(0.001393043552525341),
  fround(0.00019852761761285365),
] as const;

/** Adding this to a double and taking it away rounds to a whole number, halves to even. */
const WHOLE = 1.5 * 2 ** 52;

const POWERS = Float64Array.from({ length: 1 - Math.floor(LEAST_EXPONENT * Math.LOG2E) }, (_, i) => 2 ** -i);

/** What a row's softmax is made of; its twins are in WebAssembly and plain TypeScript. */
export interface Exponentials {
  /** Largest of the values, NaN if one is. */
  largest(values: Float32Array): number;
  /**
   * out = e to the power of values - largest, which are at most 0.
   *
   * @param values - [n], n a multiple of SOFTMAX_LANES.
   * @returns [SOFTMAX_LANES] sums of every sixteenth, in float32; good until the next call.
   */
  exponentials(values: Float32Array, largest: number, out: Float32Array): Float32Array;
}

/**
 * Computes the softmax of a row, but for a factor.
 *
 * @param values - float32, or 16-bit numbers widened, at least one.
 * @param halves - the numbers were 16 bits wide: those behind the last whole group of lanes are then added one by one.
 * @param out - as long as `values`; probabilities times their sum.
 * @returns what to multiply them by, in float32 and before any rounding to 16 bits.
 */
export function softmax(steps: Exponentials, values: Float32Array, halves: boolean, out: Float32Array): number {
  const largest = steps.largest(values);
  const whole = values.length - (values.length % SOFTMAX_LANES);
  const lanes = steps.exponentials(values.subarray(0, whole), largest, out.subarray(0, whole));
  const inLanes = !halves && whole > 0;
  if (inLanes) {
    for (let i = whole; i < values.length; i++) {
      out[i] = exponential(fround(values[i]! - largest));
      lanes[i % SOFTMAX_LANES]! += out[i]!;
    }
  }
  let sum = sumByHalves(lanes);
  if (!inLanes) {
    for (let i = whole; i < values.length; i++) {
      const x = fround(values[i]! - largest);
      out[i] = halves ? Math.exp(x) : exponential(x);
      sum = fround(sum + out[i]!);
    }
  }
  return fround(1 / sum);
}

/** e to the power of a float32 number of at most 0. */
export function exponential(x: number): number {
  if (x < LEAST_EXPONENT) return 0;
  const n = fround(x * LOG2_E) + WHOLE - WHOLE;
  const r = fround(fround(x - n * LN2_HIGH) - n * LN2_LOW);
  let p = fround(C7 * r + C6);
  p = fround(p * r + C5);
  p = fround(p * r + C4);
  p = fround(p * r + C3);
  p = fround(p * r + C2);
  return fround(fround(1 + fround(fround(r * r) * p + r)) * POWERS[-n]!);
}

/** Adds the upper half to the lower one until one is left; overwritten. */
function sumByHalves(lanes: Float32Array): number {
  for (let half = lanes.length / 2; half >= 1; half /= 2) {
    for (let i = 0; i < half; i++) lanes[i]! += lanes[i + half]!;
  }
  return lanes[0]!;
}
