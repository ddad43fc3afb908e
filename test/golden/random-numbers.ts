/** Numbers of torch's generator, made from our words as `docs` of it describe. */

import type { Kernels } from "../../src/kernels/kernels.ts";

/** What a fresh generator of the seed gives, each entry on its own. */
export interface RandomGolden {
  readonly seed: number;
  readonly rand_f32_first8: readonly number[];
  readonly randperm_20: readonly number[];
  readonly randn_16: readonly number[];
  readonly randn_5: readonly number[];
  readonly bernoulli_half_24: readonly number[];
}

/** What is wrong with each of the entries, if anything. */
export function checkRandomNumbers(golden: RandomGolden, kernels: Kernels): [string, string | undefined][] {
  const mark = kernels.mark();
  const words = kernels.counters(64);
  kernels.mersenneWords(golden.seed, 0).fill(words);
  const uniforms = [...words].map((word) => (word & 0xffffff) * 2 ** -24);
  const ones = kernels.floats(golden.bernoulli_half_24.length).fill(1);
  kernels.mersenneWords(golden.seed, 0).dropOut(ones, 0.5);
  const made = {
    rand_f32_first8: uniforms.slice(0, golden.rand_f32_first8.length),
    randperm_20: permutation(golden.randperm_20.length, words),
    randn_16: normalsOfSixteen(uniforms),
    randn_5: fewNormals(golden.randn_5.length, words),
    bernoulli_half_24: [...ones],
  };
  kernels.release(mark);
  return Object.entries(made).map(([name, numbers]) => {
    const expected = golden[name as keyof typeof made];
    const wrong = expected.findIndex((v, i) => !(Math.abs(numbers[i]! - v) <= 1e-6));
    return [name, wrong < 0 ? undefined : `number ${wrong}: ${numbers[wrong]} is not ${expected[wrong]}`];
  });
}

function permutation(n: number, words: Uint32Array): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const other = i + (words[i]! % (n - i));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

function normalsOfSixteen(uniforms: readonly number[]): number[] {
  const half = (trigonometric: (angle: number) => number): number[] =>
    Array.from({ length: 8 }, (_, j) => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniforms[j]!));
      return radius * trigonometric(2 * Math.PI * uniforms[j + 8]!);
    });
  return [...half(Math.cos), ...half(Math.sin)];
}

/** Pairs from uniforms of 53 bits, two words each, the first of them the upper. */
function fewNormals(n: number, words: Uint32Array): number[] {
  const uniform = (index: number): number => {
    const bits = (BigInt(words[2 * index]!) << 32n) | BigInt(words[2 * index + 1]!);
    return Number(bits & ((1n << 53n) - 1n)) * 2 ** -53;
  };
  return Array.from({ length: n }, (_, i) => {
    const pair = i - (i % 2);
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(pair + 1)));
    const angle = 2 * Math.PI * uniform(pair);
    return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
}
