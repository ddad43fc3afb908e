/**
 * A random generator whose whole state is a seed and a counter, so that it can be stored as JSON and resumed.
 *
 * Philox 4×32 with 10 rounds: each counter value is scrambled, with the seed as key, into four 32-bit words. Draws can
 * be made from any place in any order, and streams of different seeds are independent.
 *
 * @source Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", https://doi.org/10.1145/2063384.2063405
 */

/** A place in a stream. `counter` counts 32-bit words and stays below 2^53. */
export interface RandomState {
  readonly seed: number;
  readonly counter: number;
}

/** Draws from a stream; its `state` can be saved at any moment, and `createRandom(state)` goes on from there. */
export interface Random {
  /** The next 32-bit word, as an unsigned integer. */
  nextUint32(): number;
  /** Uniform in [0, 1), with 53 bits; takes two words. */
  nextUniform(): number;
  /** Standard normal, by Box and Muller's method; takes four words. */
  nextNormal(): number;
  /** Uniform integer in [0, below), without bias; `below` from 1 to 2^32. */
  nextBelow(below: number): number;
  /** Where the next draw will be made. */
  state(): RandomState;
}

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;

/**
 * Scrambles one counter block.
 *
 * @param counter - four 32-bit words.
 * @param key - two 32-bit words.
 * @returns four 32-bit words, unsigned.
 */
export function philoxBlock(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIERS[0], c0);
    const low0 = Math.imul(MULTIPLIERS[0], c0);
    const high1 = multiplyHigh(MULTIPLIERS[1], c2);
    const low1 = Math.imul(MULTIPLIERS[1], c2);
    [c0, c1, c2, c3] = [high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0];
    k0 = (k0 + WEYL[0]) | 0;
    k1 = (k1 + WEYL[1]) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** The high 32 bits of a product of unsigned words, in halves of 16 bits whose products are exact. */
function multiplyHigh(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (other >>> 16)) | 0;
}

/**
 * Opens a stream at a place; `createRandom({ seed, counter: 0 })` is its start.
 *
 * @param seed - any integer below 2^53 in magnitude; all 64 key bits are filled from it.
 */
export function createRandom({ seed, counter: start }: RandomState): Random {
  const key = [seed | 0, Math.floor(seed / 2 ** 32) | 0] as const;
  let counter = start;
  let blockIndex = -1;
  let block: readonly number[] = [];

  const nextUint32 = (): number => {
    const index = Math.floor(counter / 4);
    if (index !== blockIndex) {
      block = philoxBlock([index | 0, Math.floor(index / 2 ** 32) | 0, 0, 0], key);
      blockIndex = index;
    }
    return block[counter++ % 4]!;
  };
  const nextUniform = (): number => {
    const high = nextUint32() >>> 5;
    return (high * 2 ** 26 + (nextUint32() >>> 6)) * 2 ** -53;
  };
  const nextNormal = (): number => {
    const radius = Math.sqrt(-2 * Math.log(1 - nextUniform()));
    return radius * Math.cos(2 * Math.PI * nextUniform());
  };
  const nextBelow = (below: number): number => {
    const limit = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const word = nextUint32();
      if (word < limit) return word % below;
    }
  };
  return { nextUint32, nextUniform, nextNormal, nextBelow, state: () => ({ seed, counter }) };
}
