// Drops entries out by random words, each with the limit of its place in the ascending order of its row's magnitudes,
// where 16 bits hold a magnitude. Places are found by counting, and only of entries whose word lies between the limits.

import { lower24, signBit } from "./constant-vectors";
import { PACKED } from "./layout";
import { decide, dropSorted } from "./sorted-ranks";

/** Longest row whose places 16 bits count. */
const MOST: usize = 65535;

/** Fills PACKED: for each mask the numbers of its bits that are set, in order. Called once. */
export function preparePacking(): void {
  for (let mask: usize = 0; mask < 256; mask++) {
    let to = <usize>PACKED + (mask << 4);
    for (let bit: usize = 0; bit < 8; bit++) {
      if ((mask >>> bit) & 1) {
        store<u16>(to, <u16>bit);
        to += 2;
      }
    }
  }
}

/**
 * Zeroes entries whose word's lower 24 bits are not below the limit at their place; signs stay.
 *
 * @param limits - [n], ascending or descending.
 * @param words - [rows * n]
 * @param scratch - see `rankScratch`.
 */
export function dropByRankBF16(values: usize, rows: i32, n: usize, limits: usize, words: usize, scratch: usize): void {
  for (; rows > 0; rows--, values += n << 2, words += n << 2) {
    if (n <= MOST) dropCounted(values, n, limits, words, scratch);
    else dropSorted(values, n, limits, words, scratch);
  }
}

/** Indices of a mask's entries go to the end of a list; what lies behind it, up to a vector, is overwritten. */
// @ts-ignore: decorator
@inline
function append(end: usize, mask: i32, from: v128): usize {
  v128.store(end, i16x8.add(v128.load(<usize>PACKED + (<usize>mask << 4)), from));
  return end + (<usize>popcnt(mask) << 1);
}

/**
 * One row. The scratch begins with the ends of two lists of indices, and the least and the largest key: keys are
 * magnitudes, doubled, the least without 0. Then come arrays of 16-bit numbers: keys, how many of each entry's magnitude
 * came before it, the lists of what is not 0 and of what is open, and counters.
 */
function dropCounted(values: usize, n: usize, limits: usize, words: usize, scratch: usize): void {
  const arrayBytes = ((n << 1) + 47) & ~15;
  const keys = scratch + 64;
  const ordinals = keys + arrayBytes;
  const filled = ordinals + arrayBytes;
  const open = filled + arrayBytes;
  const counts = open + arrayBytes + 16;
  sift(values, n, limits, words, scratch, keys, filled, open);
  const openEnd = <usize>load<u32>(scratch, 4);
  if (openEnd == open) return;
  const filledEnd = <usize>load<u32>(scratch);
  const low = <usize>leastLane(v128.load(scratch, 16)) + 2;
  const bins = counts - low;
  const end = bins + mostLane(v128.load(scratch, 32)) + 2;
  for (let p = counts; p < end; p += 16) v128.store(p, i16x8.splat(0));
  // dummies fill up the last step
  store<u16>(keys + (n << 1), <u16>(low - 2));
  v128.store(filledEnd, i16x8.splat(<i16>n));
  for (let p = filled; p < filledEnd; p += 8) countFour(load<u64>(p), keys, bins, ordinals);
  sumUp(counts, end, <u32>(n - ((filledEnd - filled) >>> 1)));
  for (let p = open; p < openEnd; p += 2) {
    const index = <usize>load<u16>(p);
    const place = <usize>load<u16>(bins + load<u16>(keys + (index << 1))) + load<u16>(ordinals + (index << 1));
    decide(values + (index << 2), words + (index << 2), load<u32>(limits + (place << 2)));
  }
}

/** Drops what is drawn above all limits, keeps what is below all, and lists the rest as open, unless it is 0. */
// @ts-ignore: decorator
@inline
function sift(values: usize, n: usize, limits: usize, words: usize, scratch: usize, keys: usize, filled: usize, open: usize): void {
  const first = load<u32>(limits);
  const last = load<u32>(limits + ((n - 1) << 2));
  const least = i32x4.splat(min<u32>(first, last));
  const most = i32x4.splat(max<u32>(first, last));
  const low24 = lower24();
  const sign = signBit();
  let lowest = i16x8.splat(-2);
  let highest = i16x8.splat(0);
  let from = i16x8.splat(0);
  let v = values;
  for (const end = values + ((n & ~7) << 2); v < end; v += 32, words += 32, keys += 16) {
    const a = v128.load(v);
    const b = v128.load(v, 16);
    const key = i16x8.shl(i16x8.narrow_i32x4_u(i32x4.shr_u(a, 16), i32x4.shr_u(b, 16)), 1);
    v128.store(keys, key);
    lowest = i16x8.min_u(lowest, i16x8.sub(key, i16x8.splat(2)));
    highest = i16x8.max_u(highest, key);
    const drawA = v128.and(v128.load(words), low24);
    const drawB = v128.and(v128.load(words, 16), low24);
    const keptA = i32x4.lt_s(drawA, most);
    const keptB = i32x4.lt_s(drawB, most);
    v128.store(v, v128.and(a, v128.or(keptA, sign)));
    v128.store(v, v128.and(b, v128.or(keptB, sign)), 16);
    const openA = v128.andnot(keptA, i32x4.lt_s(drawA, least));
    const openB = v128.andnot(keptB, i32x4.lt_s(drawB, least));
    const empty = i16x8.eq(key, i16x8.splat(0));
    filled = append(filled, i16x8.bitmask(empty) ^ 0xff, from);
    open = append(open, i16x8.bitmask(v128.andnot(i16x8.narrow_i32x4_s(openA, openB), empty)), from);
    from = i16x8.add(from, i16x8.splat(8));
  }
  for (let index = n & ~7; index < n; index++, v += 4, words += 4, keys += 2) {
    const key = i16x8.shl(i32x4.shr_u(v128.load32_zero(v), 16), 1);
    v128.store16_lane(keys, key, 0);
    if (i16x8.extract_lane_u(key, 0) == 0) continue;
    lowest = i16x8.min_u(lowest, i16x8.sub(v128.shuffle<i16>(key, key, 0, 0, 0, 0, 0, 0, 0, 0), i16x8.splat(2)));
    highest = i16x8.max_u(highest, key);
    store<u16>(filled, <u16>index);
    store<u16>(open, <u16>index);
    filled += 2;
    open += 2;
  }
  store<u32>(scratch, filled);
  store<u32>(scratch, open, 4);
  v128.store(scratch, lowest, 16);
  v128.store(scratch, highest, 32);
}

/** Counts the entries of four indices. */
// @ts-ignore: decorator
@inline
function countFour(indices: u64, keys: usize, bins: usize, ordinals: usize): void {
  count(<usize>(<u32>indices & 0xffff), keys, bins, ordinals);
  count(<usize>(<u32>indices >>> 16), keys, bins, ordinals);
  count(<usize>(<u32>(indices >>> 32) & 0xffff), keys, bins, ordinals);
  count(<usize>(indices >>> 48), keys, bins, ordinals);
}

/** Counts an entry, and notes how many of its magnitude came before it. */
// @ts-ignore: decorator
@inline
function count(index: usize, keys: usize, bins: usize, ordinals: usize): void {
  const bin = bins + <usize>load<u16>(keys + (index << 1));
  const before = load<u16>(bin);
  store<u16>(bin, before + 1);
  store<u16>(ordinals + (index << 1), before);
}

/** Replaces counts by the sums of those before them, from `first` on. The last vector may run over. */
// @ts-ignore: decorator
@inline
function sumUp(counts: usize, end: usize, first: u32): void {
  const none = i16x8.splat(0);
  let before = i16x8.splat(<i16>first);
  for (; counts < end; counts += 16) {
    const own = v128.load(counts);
    let sum = i16x8.add(own, v128.shuffle<i16>(none, own, 7, 8, 9, 10, 11, 12, 13, 14));
    sum = i16x8.add(sum, v128.shuffle<i16>(none, sum, 6, 7, 8, 9, 10, 11, 12, 13));
    sum = i16x8.add(sum, v128.shuffle<i16>(none, sum, 4, 5, 6, 7, 8, 9, 10, 11));
    v128.store(counts, i16x8.add(i16x8.sub(sum, own), before));
    before = i16x8.add(before, v128.shuffle<i16>(sum, sum, 7, 7, 7, 7, 7, 7, 7, 7));
  }
}

// @ts-ignore: decorator
@inline
function leastLane(v: v128): u32 {
  v = i16x8.min_u(v, v128.shuffle<i64>(v, v, 1, 0));
  v = i16x8.min_u(v, v128.shuffle<i32>(v, v, 1, 0, 3, 2));
  return min<u32>(i16x8.extract_lane_u(v, 0), i16x8.extract_lane_u(v, 1));
}

// @ts-ignore: decorator
@inline
function mostLane(v: v128): u32 {
  v = i16x8.max_u(v, v128.shuffle<i64>(v, v, 1, 0));
  v = i16x8.max_u(v, v128.shuffle<i32>(v, v, 1, 0, 3, 2));
  return max<u32>(i16x8.extract_lane_u(v, 0), i16x8.extract_lane_u(v, 1));
}
