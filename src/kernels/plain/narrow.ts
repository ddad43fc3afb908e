import type { ComputeDtype } from "../../tensor/dtype.ts";
import { roundToGrid } from "../grid.ts";

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/**
 * Rounds float32 to stored elements.
 *
 * @returns how many of them are infinite or not a number.
 */
export function narrow(dtype: ComputeDtype, src: Float32Array, out: Uint8Array): number {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  let nonFinite = 0;
  for (let i = 0; i < src.length; i++) {
    const value = roundToGrid(dtype, src[i]!);
    if (!Number.isFinite(value)) nonFinite++;
    if (dtype === "F32") view.setUint32(i * 4, singleBits(value), true);
    else view.setUint16(i * 2, dtype === "BF16" ? singleBits(value) >>> 16 : halfBits(value), true);
  }
  return nonFinite;
}

function singleBits(value: number): number {
  if (Number.isNaN(value)) return 0x7fc00000;
  float[0] = value;
  return pattern[0]!;
}

/** The float16 pattern of a value on its grid. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  return sign | ((singleBits(magnitude) - (112 << 23)) >>> 13);
}
