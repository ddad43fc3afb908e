import { describe, expect, it } from "vitest";
import { createRandom, philoxBlock } from "./philox.ts";

/** The known-answer vectors that the authors publish with their code (Random123, kat_vectors, philox4x32 10). */
const KNOWN_ANSWERS = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

describe("philox", () => {
  it.each(KNOWN_ANSWERS)("gives the published words for $counter", ({ counter, key, words }) => {
    expect(philoxBlock([...counter], key)).toEqual(words);
  });

  it("goes on from a stored state as if it had not been stopped", () => {
    const whole = createRandom({ seed: 7, counter: 0 });
    const expected = Array.from({ length: 50 }, () => whole.nextUint32());
    const first = createRandom({ seed: 7, counter: 0 });
    const drawn = Array.from({ length: 21 }, () => first.nextUint32());
    const second = createRandom(JSON.parse(JSON.stringify(first.state())));
    expect([...drawn, ...Array.from({ length: 29 }, () => second.nextUint32())]).toEqual(expected);
  });

  it("gives other words for other seeds, also beyond 32 bits", () => {
    const firstWord = (seed: number) => createRandom({ seed, counter: 0 }).nextUint32();
    expect(new Set([0, 1, -1, 2 ** 32, 2 ** 40 + 1].map(firstWord)).size).toBe(5);
  });

  it("draws uniforms and normals with the moments they should have", () => {
    const random = createRandom({ seed: 3, counter: 0 });
    const uniforms = Array.from({ length: 20_000 }, () => random.nextUniform());
    expect(uniforms.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(mean(uniforms)).toBeCloseTo(0.5, 2);
    const normals = Array.from({ length: 20_000 }, () => random.nextNormal());
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(mean(normals.map((z) => z * z))).toBeCloseTo(1, 1);
  });

  it("draws every integer below a bound about equally often", () => {
    const random = createRandom({ seed: 5, counter: 0 });
    const counts = [0, 0, 0];
    for (let i = 0; i < 9_000; i++) counts[random.nextBelow(3)]!++;
    for (const count of counts) expect(Math.abs(count - 3_000)).toBeLessThan(200);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
