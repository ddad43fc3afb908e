import { type Comparing, signWords } from "../comparing.ts";
import { widen } from "./widen.ts";

const STRETCH = 512;

/** The definition of `Comparing.addGram`. */
export const addGram: Comparing["addGram"] = (rows, products, sums) => {
  const R = rows.length;
  const n = rows[0]?.length ?? 0;
  for (let from = 0; from < n; from += STRETCH) {
    const to = Math.min(from + STRETCH, n);
    for (const [i, a] of rows.entries()) {
      sums[i]! += inLanes(from, to, (k) => a[k]!);
      for (let j = i; j < R; j++) {
        const b = rows[j]!;
        products[i * R + j]! += inLanes(from, to, (k) => Math.fround(a[k]! * b[k]!));
      }
    }
  }
};

/** Adds up in four lanes of float32; what does not fill the last four elements goes to lane 0. */
function inLanes(from: number, to: number, at: (k: number) => number): number {
  const lanes = new Float32Array(4);
  const whole = to - ((to - from) % 4);
  for (let k = from; k < to; k++) lanes[k < whole ? (k - from) % 4 : 0]! += at(k);
  return lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!);
}

/** The definition of `Comparing.packSigns`. */
export const packSigns: Comparing["packSigns"] = (values, bits) => {
  bits.fill(0);
  const below = bits.length / 2;
  for (const [i, value] of values.entries()) {
    if (value > 0) bits[i >> 3]! |= 1 << (i & 7);
    if (value < 0) bits[below + (i >> 3)]! |= 1 << (i & 7);
  }
};

/** The definition of `Comparing.change`. */
export const change: Comparing["change"] = (dtype, stored, origin, out, bits) => {
  widen(dtype, stored, out);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! - origin[i]!;
  packSigns(out, bits);
};

/** The definition of `Comparing.countSigns`. */
export const countSigns: Comparing["countSigns"] = (rows, counts) => {
  const R = rows.length;
  for (const [i, a] of rows.entries()) {
    const below = a.length / 2;
    for (let j = i + 1; j < R; j++) {
      const b = rows[j]!;
      for (let at = 0; at < below; at++) {
        counts[i * R + j]! += ones((a[at]! & b[at]!) | (a[below + at]! & b[below + at]!));
        counts[j * R + i]! += ones((a[at]! | a[below + at]!) & (b[at]! | b[below + at]!));
      }
    }
  }
};

/** The definition of `Comparing.addChanges`. */
export const addChanges: Comparing["addChanges"] = (stored, { products, sums, signs }) => {
  const n = (stored[0]?.length ?? 0) / 2;
  const rows = stored.map((bytes) => {
    const values = new Float32Array(n);
    widen("BF16", bytes, values);
    return values;
  });
  const [origin = new Float32Array(0), ...others] = rows;
  const bits = others.map((values) => {
    for (let i = 0; i < n; i++) values[i] = values[i]! - origin[i]!;
    const own = new Uint8Array(16 * signWords(n));
    packSigns(values, own);
    return own;
  });
  addGram(rows, products, sums);
  countSigns(bits, signs);
};

/** How many bits of a byte are set. */
function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest >>= 1) count += rest & 1;
  return count;
}
