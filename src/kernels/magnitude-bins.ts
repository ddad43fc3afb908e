import type { ComputeDtype } from "../tensor/dtype.ts";

/** Of the float32 patterns of float16 magnitudes: one less than the upper bits of 2^-24, so that 0 has the first bin. */
const HALF_OFFSET = (103 << 10) - 1;

/**
 * How many bins `countMagnitudes` needs: one for each magnitude of BF16 and of F16; in F32 one for each upper half of
 * a pattern. Infinity and NaN have the last ones, and in F16 share the last.
 */
export const MAGNITUDE_BINS: Readonly<Record<ComputeDtype, number>> = {
  F32: 32_768,
  BF16: 32_768,
  F16: (40 << 10) + 2,
};

/** The bin of a magnitude's float32 pattern. */
export function binOfPattern(dtype: ComputeDtype, pattern: number): number {
  if (dtype !== "F16") return pattern >>> 16;
  return Math.min(Math.max((pattern >>> 13) - HALF_OFFSET, 0), MAGNITUDE_BINS.F16 - 1);
}

/** The lowest pattern of a bin. */
export function patternOfBin(dtype: ComputeDtype, bin: number): number {
  if (dtype !== "F16") return bin << 16;
  if (bin === MAGNITUDE_BINS.F16 - 1) return 0x7f800000;
  return bin === 0 ? 0 : (bin + HALF_OFFSET) << 13;
}
