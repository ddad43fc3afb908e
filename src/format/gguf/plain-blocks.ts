/**
 * Blocks of 32 elements with one scale d, and a minimum m or a fixed middle.
 *
 *     Q4_0  x = d · (q − 8)      Q4_1  x = d · q + m      q of 4 bits: element i low, element i + 16 high in byte i
 *     Q5_0  x = d · (q − 16)     Q5_1  x = d · q + m      the fifth bits in a word of 32
 *     Q8_0  x = d · q                                     q a signed byte
 *
 * d and m are float16. Every operation is rounded to float32, as it is where this was defined.
 *
 * @source https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c (layout of the blocks)
 */

/** 32 elements, of which byte i holds i and i + 16. */
const HALF = 16;

/** Decodes a block of Q4_0. */
export function decodeQ40(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  for (let i = 0; i < HALF; i++) {
    const byte = bytes.getUint8(at + 2 + i);
    out[to + i] = d * ((byte & 15) - 8);
    out[to + i + HALF] = d * ((byte >> 4) - 8);
  }
}

/** Decodes a block of Q4_1. */
export function decodeQ41(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  const m = bytes.getFloat16(at + 2, true);
  for (let i = 0; i < HALF; i++) {
    const byte = bytes.getUint8(at + 4 + i);
    out[to + i] = Math.fround(d * (byte & 15)) + m;
    out[to + i + HALF] = Math.fround(d * (byte >> 4)) + m;
  }
}

/** Decodes a block of Q5_0. */
export function decodeQ50(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  const fifths = bytes.getUint32(at + 2, true);
  for (let i = 0; i < HALF; i++) {
    const byte = bytes.getUint8(at + 6 + i);
    out[to + i] = d * (((byte & 15) | (((fifths >>> i) & 1) << 4)) - 16);
    out[to + i + HALF] = d * (((byte >> 4) | (((fifths >>> (i + HALF)) & 1) << 4)) - 16);
  }
}

/** Decodes a block of Q5_1. */
export function decodeQ51(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  const m = bytes.getFloat16(at + 2, true);
  const fifths = bytes.getUint32(at + 4, true);
  for (let i = 0; i < HALF; i++) {
    const byte = bytes.getUint8(at + 8 + i);
    out[to + i] = Math.fround(d * ((byte & 15) | (((fifths >>> i) & 1) << 4))) + m;
    out[to + i + HALF] = Math.fround(d * ((byte >> 4) | (((fifths >>> (i + HALF)) & 1) << 4))) + m;
  }
}

/** Decodes a block of Q8_0. */
export function decodeQ80(bytes: DataView, at: number, out: Float32Array, to: number): void {
  const d = bytes.getFloat16(at, true);
  for (let i = 0; i < 32; i++) out[to + i] = d * bytes.getInt8(at + 2 + i);
}
