import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFloat, rawKernels } from "../../test/contracts/kernel-twins.ts";
import { fusedMultiplyAdd } from "./plain/fused.ts";

/** Exactly, in whole multiples of 2^-298: the smallest product of two float32. */
function exactly(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const digits = (bits & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n);
  // The product of two float32 has no digit below 2^-298, so nothing is shifted out.
  const shift = Math.max(exponent, 1) - 1075 + 298;
  const size = shift >= 0 ? digits << BigInt(shift) : digits >> BigInt(-shift);
  return value < 0 ? -size : size;
}

/** How far a float32 is from a number in multiples of 2^-298. */
function distance(value: number, exact: bigint): bigint {
  const gap = exactly(value) - exact;
  return gap < 0n ? -gap : gap;
}

const pattern = new Uint32Array(1);
const single = new Float32Array(pattern.buffer);

/** The float32 beside one, as patterns count. */
function beside(value: number, step: number): number {
  single[0] = value;
  pattern[0]! += step;
  return single[0];
}

const finite = anyFloat.filter((x) => Number.isFinite(x));

describe("fusedMultiplyAdd", () => {
  it("is the float32 nearest to the exact result", () => {
    fc.assert(
      fc.property(finite, finite, finite, (a, b, c) => {
        const result = fusedMultiplyAdd(a, b, c);
        fc.pre(Number.isFinite(result) && result !== 0);
        const exact = exactly(a * b) + exactly(c);
        for (const step of [-1, 1]) {
          const other = beside(result, step);
          if (Number.isFinite(other)) expect(distance(result, exact) <= distance(other, exact)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("rounds once where float64 would round to the middle of two float32 first", () => {
    // 1 + 2^-24 is in the middle; 2^-60 takes it above, and is lost in float64.
    const below = 2 ** -60;
    expect(fusedMultiplyAdd(1, 1 + 2 ** -23, -(2 ** -24) + below / 2)).toBe(1 + 2 ** -23);
    expect(fusedMultiplyAdd(2 ** -30, 2 ** -30, 1)).toBe(1);
    expect(Math.fround(2 ** -24 + 2 ** -60 + 1)).toBe(1);
    expect(fusedMultiplyAdd(2 ** -12 + 2 ** -35, 2 ** -12 + 2 ** -35, 1)).toBe(1 + 2 ** -23);
  });

  it.each([
    [Number.POSITIVE_INFINITY, 0, 1],
    [Number.NaN, 1, 1],
    [1e38, 1e38, Number.NEGATIVE_INFINITY],
    [-0, 1, -0],
    [0, 1, -0],
  ])("gives what arithmetic gives for %d * %d + %d", (a, b, c) => {
    expect(fusedMultiplyAdd(a, b, c)).toBe(Math.fround(a * b + c));
  });
});

describe("weighted means in float64", () => {
  const POINTERS = 0;
  const [WEIGHTS, OUT, FIRST, SECOND] = [4096, 1 << 17, 1 << 18, 1 << 19];
  const { memory, exports } = rawKernels();
  const floats = new Float32Array(memory.buffer);

  it("give the bits of fused instructions", () => {
    const mean = exports["weightedMeanUnfusedF32"] as (count: number, divisor: number, out: number, n: number) => void;
    fc.assert(
      fc.property(fc.array(fc.tuple(anyFloat, anyFloat), { maxLength: 40 }), finite, finite, (pairs, v, w) => {
        new Uint32Array(memory.buffer).set([FIRST, SECOND], POINTERS);
        floats.set([v, w], WEIGHTS / 4);
        floats.set(
          pairs.map(([a]) => a),
          FIRST / 4,
        );
        floats.set(
          pairs.map(([, b]) => b),
          SECOND / 4,
        );
        mean(2, 1, OUT, pairs.length);
        const [x, y] = [v, w].map(Math.fround) as [number, number];
        const expected = pairs.map(([a, b]) => fusedMultiplyAdd(y, b, Math.fround(x * a) + 0));
        expect([...floats.subarray(OUT / 4, OUT / 4 + pairs.length)]).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("give the bits of fused instructions for stored numbers", () => {
    type Mean = (count: number, divisor: number, out: number, n: number) => number;
    const [fused, unfused] = [exports["storedMeanBF16"] as Mean, exports["storedMeanUnfusedBF16"] as Mean];
    const stored = new Uint16Array(memory.buffer);
    const pattern = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(fc.tuple(pattern, pattern), { maxLength: 80 }), finite, finite, (pairs, v, w) => {
        new Uint32Array(memory.buffer).set([FIRST, SECOND], POINTERS);
        floats.set([v, w], WEIGHTS / 4);
        for (const [i, [a, b]] of pairs.entries()) {
          stored[FIRST / 2 + i] = a;
          stored[SECOND / 2 + i] = b;
        }
        const [bad, alsoBad] = [fused(2, v, OUT, pairs.length), unfused(2, v, OUT + 4096, pairs.length)];
        expect(alsoBad).toBe(bad);
        const [out, alsoOut] = [OUT, OUT + 4096].map((at) => stored.slice(at / 2, at / 2 + pairs.length));
        expect(alsoOut).toEqual(out);
      }),
      { numRuns: 500 },
    );
  });
});
