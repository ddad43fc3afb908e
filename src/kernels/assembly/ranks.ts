// Places of entries in the ascending order of magnitudes: by counting where a few bits hold a magnitude, else by a radix
// sort of indices, stable, eight bits at a time.

import { magnitudeBits, one } from "./constant-vectors";

/** The least key, 0 not counted but as the largest number, less one; and the largest, in the upper half. */
function keyRange(values: usize, n: usize): u64 {
  const end = values + (n << 2);
  const magnitude = magnitudeBits();
  const unit = one();
  let low = i32x4.splat(-1);
  let high = i32x4.splat(0);
  let p = values;
  for (; p + 16 <= end; p += 16) {
    const key = i32x4.shr_u(v128.and(v128.load(p), magnitude), 16);
    low = i32x4.min_u(low, i32x4.sub(key, unit));
    high = i32x4.max_u(high, key);
  }
  let least = min<u32>(min<u32>(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)), min<u32>(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)));
  let most = max<u32>(max<u32>(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)), max<u32>(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)));
  for (; p < end; p += 4) {
    const key = <u32>load<u16>(p, 2) & 0x7fff;
    least = min<u32>(least, key - 1);
    most = max<u32>(most, key);
  }
  return (<u64>most << 32) | <u64>least;
}

/** Bytes of dummies for n values: whole vectors. */
// @ts-ignore: decorator
@inline
function dummyBytes(n: usize): usize {
  return ((n + 3) & ~3) << 2;
}

/**
 * Writes the address of each value's counter, and of a dummy for 0, since runs of one counter would wait for each other.
 *
 * @param dummies - [n] words, and up to three that are not used.
 * @param bins - where the counter of the magnitude 0 would be.
 * @returns how many values are 0.
 */
// @ts-ignore: decorator
@inline
function placeCounters(values: usize, n: usize, out: usize, dummies: usize, bins: usize): u32 {
  const bytes = n << 2;
  const mask = i32x4.splat(0x7fff << 2);
  const b = i32x4.splat(<i32>bins);
  const step = i32x4.splat(16);
  let dummy = i32x4.add(i32x4.splat(<i32>dummies), i32x4(0, 4, 8, 12));
  let zeros = i32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const key = v128.and(i32x4.shr_u(v128.load(values + at), 14), mask);
    const zero = i32x4.eq(key, i32x4.splat(0));
    zeros = i32x4.sub(zeros, zero);
    v128.store(out + at, v128.bitselect(dummy, i32x4.add(key, b), zero));
    dummy = i32x4.add(dummy, step);
  }
  let count = <u32>(sumOfLanes(zeros));
  for (; at < bytes; at += 4) {
    const key = (<usize>load<u16>(values + at, 2) & 0x7fff) << 2;
    store<u32>(out + at, key == 0 ? dummies + at : bins + key);
    count += u32(key == 0);
  }
  return count;
}

// @ts-ignore: decorator
@inline
function sumOfLanes(v: v128): i32 {
  const pair = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(pair, 0) + i32x4.extract_lane(pair, 1);
}

/** Replaces counts by the sums of those before them, from `first` on. The last vector may run over. */
// @ts-ignore: decorator
@inline
function sumUp(counts: usize, end: usize, first: u32): void {
  const none = i32x4.splat(0);
  let before = i32x4.splat(first);
  for (; counts < end; counts += 16) {
    const own = v128.load(counts);
    let sum = i32x4.add(own, v128.shuffle<i32>(none, own, 3, 4, 5, 6));
    sum = i32x4.add(sum, v128.shuffle<i32>(none, sum, 2, 3, 4, 5));
    v128.store(counts, i32x4.add(i32x4.sub(sum, own), before));
    before = i32x4.add(before, v128.shuffle<i32>(sum, sum, 3, 3, 3, 3));
  }
}

/**
 * One row on bfloat16's grid. The scratch is that of `sortRow`; where it does not hold a dummy for each value and a
 * counter for each magnitude that may occur, that function sorts. Counters count bytes of the table.
 */
function countRow(values: usize, n: usize, table: usize, out: usize, scratch: usize): void {
  const range = keyRange(values, n);
  const least = <u32>range;
  const most = <u32>(range >>> 32);
  if (most == 0) {
    for (let at: usize = 0; at < n << 2; at += 4) store<u32>(out + at, load<u32>(table));
    return;
  }
  const bins = <usize>(most - least) << 2;
  const dummies = dummyBytes(n);
  if (dummies + bins + 16 > (n << 4) + 4096) return sortRow(values, n, table, out, scratch);
  const counts = scratch + dummies;
  memory.fill(counts, 0, bins + 16);
  const end = out + (n << 2);
  const zeros = placeCounters(values, n, out, scratch, counts - (<usize>(least + 1) << 2));
  let p = out;
  for (; p + 16 <= end; p += 16) {
    count(load<u32>(p));
    count(load<u32>(p, 4));
    count(load<u32>(p, 8));
    count(load<u32>(p, 12));
  }
  for (; p < end; p += 4) count(load<u32>(p));
  sumUp(counts, counts + bins, zeros << 2);
  memory.fill(scratch, 0, dummies);
  for (p = out; p + 16 <= end; p += 16) {
    lookUp(p, table);
    lookUp(p + 4, table);
    lookUp(p + 8, table);
    lookUp(p + 12, table);
  }
  for (; p < end; p += 4) lookUp(p, table);
}

// @ts-ignore: decorator
@inline
function count(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 4);
}

/** Replaces a counter's address by what the table has for the value. */
// @ts-ignore: decorator
@inline
function lookUp(p: usize, table: usize): void {
  const counter = <usize>load<u32>(p);
  const place = load<u32>(counter);
  store<u32>(counter, place + 4);
  store<u32>(p, load<u32>(table + <usize>place));
}

export function spreadByRankBF16(values: usize, rows: i32, n: usize, table: usize, out: usize, scratch: usize): void {
  for (; rows > 0; rows--, values += n << 2, out += n << 2) countRow(values, n, table, out, scratch);
}

export function spreadByRankF32(values: usize, rows: i32, n: usize, table: usize, out: usize, scratch: usize): void {
  for (; rows > 0; rows--, values += n << 2, out += n << 2) sortRow(values, n, table, out, scratch);
}

/** One row. The scratch holds 4n words for keys and indices, there and back, and 1024 for counts. */
function sortRow(values: usize, n: usize, table: usize, out: usize, scratch: usize): void {
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
    const place = load<u32>(keys + at) == 0 ? 0 : at;
    store<u32>(out + (<usize>load<u32>(indices + at) << 2), load<u32>(table + place));
  }
}

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}
