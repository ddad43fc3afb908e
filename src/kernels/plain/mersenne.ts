import { type MersenneEngine, STATE_WORDS } from "../mersenne-streams.ts";
import { dropEntry, patternsOf } from "./patterns.ts";

const MIDDLE = 397;

/** The textbook form of MT19937 over a state of its own. */
export function plainMersenne(): MersenneEngine {
  const state = new Uint32Array(STATE_WORDS);
  const twist = (times: number): void => {
    for (let t = 0; t < times; t++) {
      for (let i = 0; i < STATE_WORDS; i++) {
        const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % STATE_WORDS]! & 0x7fffffff);
        state[i] = state[(i + MIDDLE) % STATE_WORDS]! ^ (mixed >>> 1) ^ ((mixed & 1) * 0x9908b0df);
      }
    }
  };
  const draw = (index: number, count: number, use: (word: number, i: number) => void): number => {
    let next = index;
    for (let i = 0; i < count; i++) {
      if (next === STATE_WORDS) {
        twist(1);
        next = 0;
      }
      use(temper(state[next++]!), i);
    }
    return next;
  };
  return {
    state,
    twist,
    fill: (index, out) =>
      draw(index, out.length, (word, i) => {
        out[i] = word;
      }),
    dropOut: (index, values, limit) => {
      const patterns = patternsOf(values);
      return draw(index, values.length, (word, i) => {
        if ((word & 0xffffff) >= limit) dropEntry(patterns, i);
      });
    },
  };
}

function temper(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}
