import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyFloat, bothKernels, expectSameFloats, placed } from "../../test/contracts/kernel-twins.ts";
import type { Kernels } from "./kernels.ts";

const [wasm, plain] = bothKernels();

function words(kernels: Kernels, seed: number, position: number, count: number): Uint32Array {
  const mark = kernels.mark();
  const out = kernels.counters(count);
  kernels.mersenneWords(seed, position).fill(out);
  kernels.release(mark);
  return out.slice();
}

describe.each([
  ["wasm", wasm],
  ["plain", plain],
])("Mersenne Twister streams, %s", (_name, kernels) => {
  it("give the words of the reference program", () => {
    // mt19937ar.c, init_genrand(5489): the first word, and the 10,000th as the C++ standard states it.
    expect(words(kernels, 5489, 0, 1)[0]).toBe(3499211612);
    expect(words(kernels, 5489, 9999, 1)[0]).toBe(4123659995);
  });

  it("use the low 32 bits of the seed", () => {
    expect(words(kernels, 2 ** 32 + 42, 0, 700)).toEqual(words(kernels, 42, 0, 700));
    expect(words(kernels, -1, 0, 4)).toEqual(words(kernels, 2 ** 32 - 1, 0, 4));
  });

  it("open anywhere, in any order, as if drawn from the start", () => {
    const whole = words(kernels, 7, 0, 6000);
    const place = fc.record({ position: fc.nat(5000), count: fc.integer({ min: 1, max: 900 }) });
    fc.assert(
      fc.property(fc.array(place, { maxLength: 6 }), (places) => {
        for (const { position, count } of places) {
          expect(words(kernels, 7, position, count)).toEqual(whole.slice(position, position + count));
        }
      }),
    );
  });

  it("do not disturb each other", () => {
    const whole = words(kernels, 3, 0, 4000);
    const [a, b] = [kernels.mersenneWords(3, 100), kernels.mersenneWords(3, 624)];
    const part = kernels.counters(700);
    const seen: number[][] = [[], []];
    for (let i = 0; i < 4; i++) {
      for (const [s, stream] of [a, b].entries()) {
        stream.fill(part);
        seen[s]!.push(...part);
      }
    }
    expect(seen[0]).toEqual([...whole.slice(100, 2900)]);
    expect(seen[1]).toEqual([...whole.slice(624, 3424)]);
    expect([a.position, b.position]).toEqual([2900, 3424]);
  });

  it("drop what is drawn at or above the probability", () => {
    const n = 2000;
    const draws = words(kernels, 11, 5, n);
    const values = placed(
      kernels,
      Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1)),
    );
    kernels.mersenneWords(11, 5).dropOut(values, 0.37);
    const expected = Float32Array.from(draws, (word, i) => {
      const kept = (word & 0xffffff) * 2 ** -24 < 0.37;
      return (i % 2 === 0 ? 1 : -1) * Number(kept);
    });
    expect(values).toEqual(expected);
  });
});

describe("dropping", () => {
  const block = fc.record({
    values: fc.array(anyFloat, { maxLength: 70 }),
    keep: fc.oneof(fc.constantFrom(0, 1, 0.5, 1.5, -1), fc.double({ noNaN: true, min: 0, max: 1 })),
    position: fc.integer({ min: 560, max: 1300 }),
  });

  it("agrees between the twins", () => {
    fc.assert(
      fc.property(block, ({ values, keep, position }) => {
        const [a, b] = [wasm, plain].map((kernels) => {
          const mark = kernels.mark();
          const own = placed(kernels, values);
          kernels.mersenneWords(1, position).dropOut(own, keep);
          const result = own.slice();
          kernels.release(mark);
          return result;
        });
        expectSameFloats(a!, b!);
      }),
    );
  });
});
