/**
 * Python's `random.Random(seed).sample`, so that random few-shot examples are the ones other programs draw.
 *
 * @source Matsumoto & Nishimura 1998, "Mersenne Twister", https://doi.org/10.1145/272991.272995; seeding and sampling as
 * the Python documentation and CPython's `random` module define them, https://docs.python.org/3/library/random.html
 */

const N = 624;
const M = 397;

/** A stream of draws. */
export interface PythonRandom {
  /** [count] different indices below `size`, in the order drawn; `count` ≤ `size`. */
  sample(size: number, count: number): number[];
}

/** Opens the stream of `random.Random(seed)`. @param seed - a whole number in [0, 2^32). */
export function createPythonRandom(seed: number): PythonRandom {
  const nextUint32 = mersenneTwister(seed);

  /** Uniform below `limit` ≤ 2^32, by drawing as many bits as it takes until the number fits. */
  const below = (limit: number): number => {
    const unused = Math.clz32(limit);
    for (;;) {
      const drawn = nextUint32() >>> unused;
      if (drawn < limit) return drawn;
    }
  };

  const sample = (size: number, count: number): number[] => {
    // Python keeps a list of what is left where that is smaller than a set of what was drawn
    const setSize = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0);
    return size <= setSize ? sampleFromList(size, count, below) : sampleBySet(size, count, below);
  };
  return { sample };
}

function sampleFromList(size: number, count: number, below: (limit: number) => number): number[] {
  const left = Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => {
    const place = below(size - i);
    const drawn = left[place]!;
    left[place] = left[size - i - 1]!;
    return drawn;
  });
}

function sampleBySet(size: number, count: number, below: (limit: number) => number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(below(size));
  return [...drawn];
}

/** MT19937, seeded with the one-word key `[seed]` as CPython does. */
function mersenneTwister(seed: number): () => number {
  const state = seededState(seed);
  let next = N;
  return () => {
    if (next === N) {
      regenerate(state);
      next = 0;
    }
    let word = state[next++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/** The reference program's `init_by_array` for a key of one word. */
function seededState(seed: number): Uint32Array {
  const state = new Uint32Array(N);
  const scrambled = (i: number): number => state[i - 1]! ^ (state[i - 1]! >>> 30);
  state[0] = 19650218;
  for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, scrambled(i)) + i;

  let i = 1;
  const advance = (): void => {
    if (++i < N) return;
    state[0] = state[N - 1]!;
    i = 1;
  };
  for (let k = 0; k < N; k++, advance()) state[i] = (state[i]! ^ Math.imul(scrambled(i), 1664525)) + seed;
  for (let k = 1; k < N; k++, advance()) state[i] = (state[i]! ^ Math.imul(scrambled(i), 1566083941)) - i;
  state[0] = 0x80000000;
  return state;
}

function regenerate(state: Uint32Array): void {
  for (let i = 0; i < N; i++) {
    const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff);
    state[i] = state[(i + M) % N]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
  }
}
