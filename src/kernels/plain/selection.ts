import type { ComputeDtype } from "../../tensor/dtype.ts";
import { type MagnitudeBand, NO_UPPER_LIMIT } from "../magnitude-band.ts";
import { binOfPattern } from "../magnitude-bins.ts";
import type { Change, RankedRows } from "../selecting.ts";
import { subtract } from "./arithmetic.ts";
import { dropEntry, patternsOf } from "./patterns.ts";

/** See `Selecting.countMagnitudes`. */
export function countMagnitudes(dtype: ComputeDtype, values: Float32Array, bins: Uint32Array): void {
  for (const pattern of patternsOf(values)) bins[binOfPattern(dtype, pattern & 0x7fffffff)]!++;
}

/** See `Selecting.countChanges`. */
export function countChanges(dtype: ComputeDtype, values: Float32Array, base: Float32Array, bins: Uint32Array): void {
  const change = new Float32Array(values.length);
  subtract(dtype, values, base, change);
  countMagnitudes(dtype, change, bins);
}

/** See `Selecting.countWithin`. */
export function countWithin(values: Float32Array, upper: number, bins: Uint32Array): void {
  for (const pattern of patternsOf(values)) {
    const magnitude = pattern & 0x7fffffff;
    if (magnitude >>> 16 === upper) bins[magnitude & 0xffff]!++;
  }
}

/** See `Selecting.keepBand`. */
export function keepBand(values: Float32Array, band: MagnitudeBand): void {
  const patterns = patternsOf(values);
  for (let i = 0; i < patterns.length; i++) {
    if (!isKept(patterns[i]! & 0x7fffffff, band)) dropEntry(patterns, i);
  }
}

/** See `Selecting.keepChanges`. */
export function keepChanges(
  dtype: ComputeDtype,
  { values, base }: Change,
  band: MagnitudeBand,
  out: Float32Array,
): void {
  subtract(dtype, values, base, out);
  keepBand(out, band);
}

/** See `Selecting.keepWhere`. */
export function keepWhere(values: Float32Array, marks: Float32Array): void {
  const patterns = patternsOf(values);
  for (let i = 0; i < patterns.length; i++) if (marks[i] === 0) dropEntry(patterns, i);
}

/** See `Selecting.dropByRank`. */
export function dropByRank(_dtype: ComputeDtype, { values, limits }: RankedRows, words: Uint32Array): void {
  const n = limits.length;
  for (let start = 0; start < values.length; start += n) {
    const patterns = patternsOf(values.subarray(start, start + n));
    const magnitudes = patterns.map((pattern) => pattern & 0x7fffffff);
    const order = Array.from(magnitudes, (_, i) => i).sort((a, b) => magnitudes[a]! - magnitudes[b]! || a - b);
    for (const [place, i] of order.entries()) {
      if ((words[start + i]! & 0xffffff) >= limits[place]!) dropEntry(patterns, i);
    }
  }
}

function isKept(pattern: number, band: MagnitudeBand): boolean {
  const { low, lowFrom, lowTo, high, highTo } = band.limits;
  if (pattern === low) {
    const ordinal = band.lowSeen++;
    return ordinal >= lowFrom && ordinal < lowTo;
  }
  if (high === NO_UPPER_LIMIT) return pattern > low;
  if (pattern === high) return band.highSeen++ < highTo;
  return pattern > low && pattern < high;
}
