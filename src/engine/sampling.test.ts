import { describe, expect, it } from "vitest";
import { createChoice, greedyChoice, type Sampling } from "./sampling.ts";

const LOGITS = Float32Array.of(2, 1, 0, -1);

function counts(sampling: Sampling, draws: number, seen: readonly number[] = []): readonly number[] {
  const choose = createChoice(sampling);
  const found = [0, 0, 0, 0];
  for (let i = 0; i < draws; i++) found[choose(LOGITS, () => seen, i)]!++;
  return found;
}

describe("createChoice", () => {
  it("is greedy without settings, and at temperature 0", () => {
    expect(createChoice(undefined)).toBe(greedyChoice);
    expect(createChoice({ temperature: 0 })).toBe(greedyChoice);
    expect(greedyChoice(LOGITS, () => [], 0)).toBe(0);
  });

  it("draws tokens as often as the softmax at its temperature says", () => {
    const draws = 4000;
    for (const temperature of [1, 2]) {
      const weights = [2, 1, 0, -1].map((logit) => Math.exp(logit / temperature));
      const sum = weights.reduce((a, b) => a + b);
      for (const [id, count] of counts({ temperature, seed: 5 }, draws).entries()) {
        const p = weights[id]! / sum;
        expect(Math.abs(count / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
      }
    }
  });

  it("repeats itself for a seed, and not for another", () => {
    const text = (seed: number) => {
      const choose = createChoice({ seed });
      return Array.from({ length: 40 }, (_, i) => choose(LOGITS, () => [], i));
    };
    expect(text(1)).toEqual(text(1));
    expect(text(1)).not.toEqual(text(2));
  });

  it("keeps the k largest, with those equal to the last", () => {
    expect(counts({ topK: 2, temperature: 9 }, 200).map((count) => count > 0)).toEqual([true, true, false, false]);
    const choose = createChoice({ topK: 1, temperature: 5 });
    const equal = Float32Array.of(3, 3, 1);
    const drawn = new Set(Array.from({ length: 50 }, (_, i) => choose(equal, () => [], i)));
    expect(drawn).toEqual(new Set([0, 1]));
  });

  it("keeps the fewest tokens that have probability p together", () => {
    // Softmax of 2, 1, 0, −1: 0.64, 0.24, 0.09, 0.03.
    expect(counts({ topP: 0.6 }, 200)).toEqual([200, 0, 0, 0]);
    expect(counts({ topP: 0.8 }, 200).map((count) => count > 0)).toEqual([true, true, false, false]);
    expect(counts({ topP: 0.9 }, 400).map((count) => count > 0)).toEqual([true, true, true, false]);
  });

  it("makes tokens that were there less likely, also without chance", () => {
    const choose = createChoice({ temperature: 0, repetitionPenalty: 3 });
    expect(choose(LOGITS, () => [], 0)).toBe(0);
    expect(choose(LOGITS, () => [0, 0, 700], 0)).toBe(1);
    expect(choose(LOGITS, () => [0, 1], 0)).toBe(0);
    const negative = Float32Array.of(-1, -2);
    expect(choose(negative, () => [0], 0)).toBe(1);
  });

  it("finds values that are not numbers, and bears infinite ones", () => {
    const choose = createChoice({ temperature: 1 });
    expect(choose(Float32Array.of(1, Number.NaN), () => [], 0)).toBe(-1);
    expect(choose(Float32Array.of(1, Infinity), () => [], 0)).toBe(1);
    expect(choose(Float32Array.of(-Infinity, 0), () => [], 3)).toBe(1);
  });
});
