import type { ComputeDtype } from "../../tensor/dtype.ts";
import type { Change } from "../kernels.ts";
import type { MagnitudeBand } from "../magnitude-band.ts";
import { binOfPattern } from "../magnitude-bins.ts";
import { subtract } from "./arithmetic.ts";
import { dropEntry, patternsOf } from "./patterns.ts";

/** See `Kernels.countMagnitudes`. */
export function countMagnitudes(dtype: ComputeDtype, values: Float32Array, bins: Uint32Array): void {
  for (const pattern of patternsOf(values)) bins[binOfPattern(dtype, pattern & 0x7fffffff)]!++;
}

/** See `Kernels.countChanges`. */
export function countChanges(dtype: ComputeDtype, values: Float32Array, base: Float32Array, bins: Uint32Array): void {
  const change = new Float32Array(values.length);
  subtract(dtype, values, base, change);
  countMagnitudes(dtype, change, bins);
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

/** See `Kernels.keepChanges`. */
export function keepChanges(
  dtype: ComputeDtype,
  { values, base }: Change,
  band: MagnitudeBand,
  out: Float32Array,
): void {
  subtract(dtype, values, base, out);
  keepBand(out, band);
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
