/**
 * Blocks of 256 elements ("K quants"): groups of 16 or 32 with small integer scales, which share float16 scales.
 *
 *     Q2_K  x = (d·s) · q − (dmin·m)     16 groups of 16, s and m of 4 bits
 *     Q3_K  x = (d·(s − 32)) · (q − 4)   16 groups of 16, s of 6 bits
 *     Q4_K  x = (d·s) · q − (dmin·m)     8 groups of 32, s and m of 6 bits
 *     Q5_K  x = (d·s) · q − (dmin·m)     the same with a fifth bit
 *     Q6_K  x = (d·s) · (q − 32)         16 groups of 16, s a signed byte
 *
 * Every operation is rounded to float32, as it is where this was defined.
 *
 * @source https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c (layout of the blocks)
 */

/** Decodes a block of Q2_K: 16 bytes of scales, 64 of elements, d, dmin. */
export function decodeQ2K(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at + 80, true);
  const dmin = bytes.getFloat16(at + 82, true);
  for (let group = 0; group < 16; group++) {
    const scales = bytes.getUint8(at + group);
    const scale = Math.fround(d * (scales & 15));
    const min = Math.fround(dmin * (scales >> 4));
    const from = at + 16 + placeOfGroup(group);
    const shift = 2 * ((group >> 1) & 3);
    for (let i = 0; i < 16; i++) {
      const q = (bytes.getUint8(from + i) >> shift) & 3;
      out[to + 16 * group + i] = Math.fround(scale * q) - min;
    }
  }
}

/** Decodes a block of Q3_K: 32 bytes of third bits, 64 of elements, 12 of scales, d. */
export function decodeQ3K(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at + 108, true);
  for (let group = 0; group < 16; group++) {
    const scale = Math.fround(d * (scaleQ3K(bytes, at + 96, group) - 32));
    const from = at + 32 + placeOfGroup(group);
    const thirds = at + 16 * (group & 1);
    const shift = 2 * ((group >> 1) & 3);
    for (let i = 0; i < 16; i++) {
      const low = (bytes.getUint8(from + i) >> shift) & 3;
      const third = (bytes.getUint8(thirds + i) >> (group >> 1)) & 1;
      out[to + 16 * group + i] = scale * (low + 4 * third - 4);
    }
  }
}

/** Of elements of two bits: 32 bytes hold 128 elements, four groups of 32 one above the other. */
function placeOfGroup(group: number): number {
  return 32 * (group >> 3) + 16 * (group & 1);
}

/** 6 bits: the low four of scales 0 to 7 and 8 to 15 in the halves of 8 bytes, the high two in 4 bytes. */
function scaleQ3K(bytes: DataView, at: number, group: number): number {
  const low = (bytes.getUint8(at + (group & 7)) >> (4 * (group >> 3))) & 15;
  const high = (bytes.getUint8(at + 8 + (group & 3)) >> (2 * (group >> 2))) & 3;
  return low | (high << 4);
}

/** Decodes a block of Q4_K: d, dmin, 12 bytes of scales, 128 of elements. */
export function decodeQ4K(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  const dmin = bytes.getFloat16(at + 2, true);
  for (let group = 0; group < 8; group++) {
    const scale = Math.fround(d * scaleOfEight(bytes, at + 4, group));
    const min = Math.fround(dmin * minOfEight(bytes, at + 4, group));
    const from = at + 16 + 32 * (group >> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      const q = (bytes.getUint8(from + i) >> shift) & 15;
      out[to + 32 * group + i] = Math.fround(scale * q) - min;
    }
  }
}

/** Decodes a block of Q5_K: d, dmin, 12 bytes of scales, 32 of fifth bits, 128 of elements. */
export function decodeQ5K(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  const dmin = bytes.getFloat16(at + 2, true);
  for (let group = 0; group < 8; group++) {
    const scale = Math.fround(d * scaleOfEight(bytes, at + 4, group));
    const min = Math.fround(dmin * minOfEight(bytes, at + 4, group));
    const from = at + 48 + 32 * (group >> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      const low = (bytes.getUint8(from + i) >> shift) & 15;
      const fifth = (bytes.getUint8(at + 16 + i) >> group) & 1;
      out[to + 32 * group + i] = Math.fround(scale * (low + 16 * fifth)) - min;
    }
  }
}

/** 6 bits: scales 0 to 3 whole in bytes 0 to 3; of 4 to 7 the low four in bytes 8 to 11, the high two atop bytes 0 to 3. */
function scaleOfEight(bytes: DataView, at: number, group: number): number {
  if (group < 4) return bytes.getUint8(at + group) & 63;
  return (bytes.getUint8(at + 4 + group) & 15) | ((bytes.getUint8(at + group - 4) >> 6) << 4);
}

/** 6 bits: minima 0 to 3 whole in bytes 4 to 7; of 4 to 7 the low four high in bytes 8 to 11, the high two atop bytes 4 to 7. */
function minOfEight(bytes: DataView, at: number, group: number): number {
  if (group < 4) return bytes.getUint8(at + 4 + group) & 63;
  return (bytes.getUint8(at + 4 + group) >> 4) | ((bytes.getUint8(at + group) >> 6) << 4);
}

/** Decodes a block of Q6_K: 128 bytes of low four bits, 64 of high two, 16 of scales, d. */
export function decodeQ6K(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at + 208, true);
  for (let group = 0; group < 16; group++) {
    const scale = Math.fround(d * bytes.getInt8(at + 192 + group));
    // In each half of 128: elements 0 to 63 are the low nibbles of 64 bytes, 64 to 127 the high ones.
    const half = group >> 3;
    const lows = at + 64 * half + 16 * (group & 3);
    const lowShift = 4 * ((group >> 2) & 1);
    const highs = at + 128 + 32 * half + 16 * (group & 1);
    const highShift = 2 * ((group >> 1) & 3);
    for (let i = 0; i < 16; i++) {
      const low = (bytes.getUint8(lows + i) >> lowShift) & 15;
      const high = (bytes.getUint8(highs + i) >> highShift) & 3;
      out[to + 16 * group + i] = scale * (low + 16 * high - 32);
    }
  }
}
