// Places of entries in the ascending order of magnitudes: by counting where a few bits hold a magnitude, else by a radix
// sort of indices, stable, eight bits at a time.

import { magnitudeBits, one } from "./constants";

/** A bfloat16 magnitude that is stored as float32. */
// @ts-ignore: decorator
@inline
function keyAt(p: usize): u32 {
  return <u32>load<u16>(p, 2) & 0x7fff;
}

// @ts-ignore: decorator
@inline
function binAt(p: usize, bins: usize, least: u32): usize {
  const key = keyAt(p);
  return bins + (<usize>(key == 0 ? 0 : key - least) << 2);
}

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
    least = min<u32>(least, keyAt(p) - 1);
    most = max<u32>(most, keyAt(p));
  }
  return (<u64>most << 32) | <u64>least;
}

/**
 * out[i] = table[rank of i], for values on bfloat16's grid. The scratch is that of `spreadByRankF32`; where it does not
 * hold a counter for each magnitude that may occur, that function sorts.
 */
export function spreadByRankBF16(values: usize, n: usize, table: usize, out: usize, scratch: usize): void {
  const range = keyRange(values, n);
  // The first bin is that of 0.
  const least = <u32>range;
  const most = <u32>(range >>> 32);
  if (most == 0) return memory.copy(out, table, n << 2);
  const bins = <usize>(most - least) + 1;
  if (bins > (n << 2) + 1024) return spreadByRankF32(values, n, table, out, scratch);
  memory.fill(scratch, 0, bins << 2);
  const end = values + (n << 2);
  for (let p = values; p < end; p += 4) increment(binAt(p, scratch, least));
  let sum: u32 = 0;
  for (let bin = scratch; bin < scratch + (bins << 2); bin += 4) {
    const count = load<u32>(bin);
    store<u32>(bin, sum);
    sum += count;
  }
  for (let p = values; p < end; p += 4, out += 4) {
    const bin = binAt(p, scratch, least);
    const place = load<u32>(bin);
    store<u32>(bin, place + 1);
    store<f32>(out, load<f32>(table + (<usize>place << 2)));
  }
}

/**
 * out[i] = table[rank of i]. The scratch holds 4n words for keys and indices, there and back, and 1024 for counts.
 */
export function spreadByRankF32(values: usize, n: usize, table: usize, out: usize, scratch: usize): void {
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
    store<f32>(out + (<usize>load<u32>(indices + at) << 2), load<f32>(table + at));
  }
}

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}
