import type { Dtype } from "../../tensor/dtype.ts";
import { kernelErrors } from "../errors.ts";
import { isOneByteDtype, oneByteValues } from "../one-byte-values.ts";

type Reader = (view: DataView, index: number) => number;

/**
 * Converts stored elements to float32, keeping every bit of a NaN that has room.
 *
 * @throws kernels/unsupported_dtype
 */
export function widen(dtype: Dtype, src: Uint8Array, out: Float32Array): void {
  const view = new DataView(src.buffer, src.byteOffset, src.byteLength);
  const patterns = new Uint32Array(out.buffer, out.byteOffset, out.length);
  if (dtype === "F32") {
    for (let i = 0; i < out.length; i++) patterns[i] = view.getUint32(i * 4, true);
  } else if (dtype === "BF16") {
    for (let i = 0; i < out.length; i++) patterns[i] = view.getUint16(i * 2, true) << 16;
  } else if (dtype === "F16") {
    for (let i = 0; i < out.length; i++) patterns[i] = halfToSingle(view.getUint16(i * 2, true));
  } else {
    const read = isOneByteDtype(dtype) ? oneByteReader(oneByteValues(dtype)) : READERS[dtype];
    if (read === undefined) throw kernelErrors.unsupported_dtype({ dtype });
    for (let i = 0; i < out.length; i++) out[i] = read(view, i);
  }
}

/** The float32 pattern of a float16 pattern. */
function halfToSingle(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent === 0) return sign | bitsOf(mantissa * 2 ** -24);
  return sign | ((exponent + 112) << 23) | (mantissa << 13);
}

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

function bitsOf(value: number): number {
  float[0] = value;
  return pattern[0]!;
}

function oneByteReader(values: Float32Array): Reader {
  return (view, i) => values[view.getUint8(i)]!;
}

const READERS: { readonly [D in Dtype]?: Reader } = {
  I16: (view, i) => view.getInt16(i * 2, true),
  U16: (view, i) => view.getUint16(i * 2, true),
  I32: (view, i) => view.getInt32(i * 4, true),
  U32: (view, i) => view.getUint32(i * 4, true),
  I64: (view, i) => Number(view.getBigInt64(i * 8, true)),
  U64: (view, i) => Number(view.getBigUint64(i * 8, true)),
  F64: (view, i) => view.getFloat64(i * 8, true),
};
