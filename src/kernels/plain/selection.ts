import type { MagnitudeBand } from "../magnitude-band.ts";
import { dropEntry, patternsOf } from "./patterns.ts";

/** See `Kernels.countMagnitudes`. */
export function countMagnitudes(values: Float32Array, shift: number, offset: number, bins: Uint32Array): void {
  for (const pattern of patternsOf(values)) {
    const bin = ((pattern & 0x7fffffff) >>> shift) - offset;
    bins[Math.min(Math.max(bin, 0), bins.length - 1)]!++;
  }
}

/** See `Kernels.countWithin`. */
export function countWithin(values: Float32Array, upper: number, bins: Uint32Array): void {
  for (const pattern of patternsOf(values)) {
    const magnitude = pattern & 0x7fffffff;
    if (magnitude >>> 16 === upper) bins[magnitude & 0xffff]!++;
  }
}

/** See `Kernels.keepBand`. */
export function keepBand(values: Float32Array, band: MagnitudeBand): void {
  const patterns = patternsOf(values);
  for (let i = 0; i < patterns.length; i++) {
    if (!isKept(patterns[i]! & 0x7fffffff, band)) dropEntry(patterns, i);
  }
}

function isKept(pattern: number, band: MagnitudeBand): boolean {
  const { low, lowFrom, lowTo, high, highTo } = band.limits;
  if (pattern === low) {
    const ordinal = band.lowSeen++;
    return ordinal >= lowFrom && ordinal < lowTo;
  }
  if (pattern === high) return band.highSeen++ < highTo;
  return pattern > low && pattern < high;
}
