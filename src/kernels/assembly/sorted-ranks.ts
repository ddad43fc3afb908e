// Drops entries out by random words, each with the limit of its place in the ascending order of its row's magnitudes. A
// radix sort of indices, stable, eight bits at a time, finds the places.

/** For types with many magnitudes. */
export function dropByRankF32(values: usize, rows: i32, n: usize, limits: usize, words: usize, scratch: usize): void {
  for (; rows > 0; rows--, values += n << 2, words += n << 2) dropSorted(values, n, limits, words, scratch);
}

/** One row. The scratch holds 4n words for keys and indices, there and back, and 1024 for counts. */
export function dropSorted(values: usize, n: usize, limits: usize, words: usize, scratch: usize): void {
  const bytes = n << 2;
  let keys = scratch;
  let indices = scratch + bytes;
  let otherKeys = indices + bytes;
  let otherIndices = otherKeys + bytes;
  const counts = otherIndices + bytes;
  memory.fill(counts, 0, 4096);
  for (let i: usize = 0; i < n; i++) {
    const key = load<u32>(values + (i << 2)) & 0x7fffffff;
    store<u32>(keys + (i << 2), key);
    store<u32>(indices + (i << 2), i);
    increment(counts + ((key & 0xff) << 2));
    increment(counts + 1024 + (((key >>> 8) & 0xff) << 2));
    increment(counts + 2048 + (((key >>> 16) & 0xff) << 2));
    increment(counts + 3072 + ((key >>> 24) << 2));
  }
  for (let digit: usize = 0; digit < 4; digit++) {
    const shift = <u32>digit << 3;
    const own = counts + (digit << 10);
    if (n == 0 || load<u32>(own + (((load<u32>(keys) >>> shift) & 0xff) << 2)) == <u32>n) continue;
    let sum: u32 = 0;
    for (let bin = own; bin < own + 1024; bin += 4) {
      const count = load<u32>(bin);
      store<u32>(bin, sum);
      sum += count;
    }
    for (let at: usize = 0; at < bytes; at += 4) {
      const key = load<u32>(keys + at);
      const bin = own + (((key >>> shift) & 0xff) << 2);
      const place = load<u32>(bin);
      store<u32>(bin, place + 1);
      store<u32>(otherKeys + (<usize>place << 2), key);
      store<u32>(otherIndices + (<usize>place << 2), load<u32>(indices + at));
    }
    const k = keys;
    const i = indices;
    keys = otherKeys;
    indices = otherIndices;
    otherKeys = k;
    otherIndices = i;
  }
  for (let at: usize = 0; at < bytes; at += 4) {
    const entry = <usize>load<u32>(indices + at) << 2;
    decide(values + entry, words + entry, load<u32>(limits + at));
  }
}

/** Zeroes a value whose draw is not below its limit. */
// @ts-ignore: decorator
@inline
export function decide(value: usize, word: usize, limit: u32): void {
  const bits = load<u32>(value);
  store<u32>(value, select<u32>(bits, bits & 0x80000000, (load<u32>(word) & 0xffffff) < limit));
}

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}
