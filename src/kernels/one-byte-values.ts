import type { Dtype } from "../tensor/dtype.ts";

/** Types whose elements are one byte, in the order of their tables in kernel memory. */
export const ONE_BYTE_DTYPES = [
  "BOOL",
  "U8",
  "I8",
  "F8_E5M2",
  "F8_E4M3",
  "F8_E8M0",
  "F8_E4M3FNUZ",
  "F8_E5M2FNUZ",
] as const satisfies readonly Dtype[];

/** A type of one byte an element. */
export type OneByteDtype = (typeof ONE_BYTE_DTYPES)[number];

/** Whether a type has one byte an element. */
export function isOneByteDtype(dtype: Dtype): dtype is OneByteDtype {
  return (ONE_BYTE_DTYPES as readonly Dtype[]).includes(dtype);
}

/**
 * Returns the value of each byte, [256].
 *
 * @source https://arxiv.org/abs/2209.05433 (E4M3, E5M2), https://arxiv.org/abs/2206.02915 (FNUZ), the OCP microscaling
 * formats specification (E8M0)
 */
export function oneByteValues(dtype: OneByteDtype): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => DECODERS[dtype](byte));
}

const DECODERS: Readonly<Record<OneByteDtype, (byte: number) => number>> = {
  BOOL: (byte) => Number(byte !== 0),
  U8: (byte) => byte,
  I8: (byte) => (byte << 24) >> 24,
  F8_E5M2: (byte) => {
    if ((byte & 0x7c) !== 0x7c) return decode(byte, 2, 15);
    if ((byte & 3) !== 0) return Number.NaN;
    return byte < 128 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  },
  F8_E4M3: (byte) => ((byte & 0x7f) === 0x7f ? Number.NaN : decode(byte, 3, 7)),
  F8_E8M0: (byte) => (byte === 255 ? Number.NaN : 2 ** (byte - 127)),
  F8_E4M3FNUZ: (byte) => (byte === 128 ? Number.NaN : decode(byte, 3, 8)),
  F8_E5M2FNUZ: (byte) => (byte === 128 ? Number.NaN : decode(byte, 2, 16)),
};

/** Value of a sign bit, an exponent and a mantissa, without special values. */
function decode(byte: number, mantissaBits: number, bias: number): number {
  const sign = byte < 128 ? 1 : -1;
  const exponent = (byte & 0x7f) >> mantissaBits;
  const mantissa = (byte & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias);
  return sign * (1 + mantissa) * 2 ** (exponent - bias);
}
