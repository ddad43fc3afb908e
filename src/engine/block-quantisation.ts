/** Matrices in few bits: each run of values along a row becomes small whole numbers and one scale. */

/** Bits of a number. */
export type CodeBits = 4 | 8;

/**
 * Values of a row that share a scale. With more, matrices are a little smaller and products up to 1.6 times as fast,
 * and errors a quarter larger.
 */
export const QUANTISED_BLOCK = 32;

/** A matrix [out, in] as ONNX Runtime's `MatMulNBits` takes it: a value is its scale times its code less the middle one. */
export interface QuantisedMatrix {
  readonly bits: CodeBits;
  /** out */
  readonly rows: number;
  /** in; codes go on to a whole number of blocks. */
  readonly columns: number;
  /** [rows, blocks, bytes of a block]; of two codes in a byte, the first has the low bits. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** [rows, blocks] */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Takes memory for a matrix that is 0. */
export function createQuantisedMatrix(bits: CodeBits, rows: number, columns: number): QuantisedMatrix {
  const blocks = rows * Math.ceil(columns / QUANTISED_BLOCK);
  const codes = new Uint8Array((blocks * QUANTISED_BLOCK * bits) / 8);
  return { bits, rows, columns, codes, scales: new Float32Array(blocks) };
}

/**
 * Quantises some rows. The value of largest magnitude gets the lowest code, which is the one farthest from the middle, so
 * that all codes are used; the others are rounded to the nearest. A block with a value that is not finite has a scale that
 * is not a number.
 *
 * @param values - [n, columns]
 */
export function quantiseRows(values: Float32Array, firstRow: number, into: QuantisedMatrix): void {
  const { bits, columns, codes, scales } = into;
  const block = new Uint8Array(QUANTISED_BLOCK);
  let place = firstRow * Math.ceil(columns / QUANTISED_BLOCK);
  for (let row = 0; row < values.length; row += columns) {
    for (let start = 0; start < columns; start += QUANTISED_BLOCK, place++) {
      const end = row + Math.min(columns, start + QUANTISED_BLOCK);
      scales[place] = quantiseBlock(values, row + start, end, bits, block);
      pack(block, bits, codes, place);
    }
  }
}

/** @returns the scale. */
function quantiseBlock(values: Float32Array, start: number, end: number, bits: CodeBits, block: Uint8Array): number {
  const middle = 2 ** (bits - 1);
  let [extreme, largest, zeros] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    const size = Math.abs(value);
    if (size > largest) {
      largest = size;
      extreme = value;
    }
    zeros += value * 0;
  }
  const scale = Math.fround(extreme / -middle);
  const inverse = scale === 0 ? 0 : 1 / scale;
  block.fill(middle);
  for (let i = start; i < end; i++) {
    const code = (values[i]! * inverse + middle + 0.5) | 0;
    block[i - start] = code < 2 * middle ? code : 2 * middle - 1;
  }
  return scale + zeros;
}

function pack(block: Uint8Array, bits: CodeBits, codes: Uint8Array, place: number): void {
  if (bits === 8) {
    codes.set(block, place * QUANTISED_BLOCK);
    return;
  }
  const start = (place * QUANTISED_BLOCK) / 2;
  for (let i = 0; i < QUANTISED_BLOCK / 2; i++) codes[start + i] = block[2 * i]! | (block[2 * i + 1]! << 4);
}
