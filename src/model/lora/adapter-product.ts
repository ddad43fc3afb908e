/**
 * What a LoRA adapter does to a matrix, row by row.
 *
 *     W' = W + s · L·R                                   LoRA
 *     W' = m / ‖W + s · L·R‖ · (W + s · L·R)             DoRA, the norm and m per output
 *
 * L [rows, r] and R [r, columns] are the adapter's B and A, or their transposes in turn where the matrix is stored [in, out].
 *
 * @source Hu et al. 2021, "LoRA", https://arxiv.org/abs/2106.09685; Liu et al. 2024, "DoRA", https://arxiv.org/abs/2402.09353
 */

/** A product that is added to a matrix. */
export interface AdapterProduct {
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  readonly scale: number;
  /** [rows, rank] */
  readonly left: Float32Array;
  /** [rank, columns] */
  readonly right: Float32Array;
}

/** Which elements of a row. */
export interface RowPart {
  readonly row: number;
  /** The first column, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * Adds the product to part of a row. Sums are float64, the product and the result are rounded to float32.
 *
 * @param values - [to − from], the matrix's own elements; changed.
 */
export function addProduct(product: AdapterProduct, part: RowPart, values: Float32Array): void {
  const { rank, scale } = product;
  const sums = new Float64Array(part.to - part.from);
  const whole = rank - (rank % 4);
  for (let k = 0; k < whole; k += 4) addFour(product, part, k, sums);
  for (let k = whole; k < rank; k++) addOne(product, part, k, sums);
  for (let i = 0; i < sums.length; i++) values[i]! += Math.fround(Math.fround(sums[i]!) * scale);
}

function addOne({ rank, columns, left, right }: AdapterProduct, part: RowPart, k: number, sums: Float64Array): void {
  const factor = left[part.row * rank + k]!;
  const row = right.subarray(k * columns + part.from, k * columns + part.to);
  for (let i = 0; i < sums.length; i++) sums[i]! += factor * row[i]!;
}

/** Four terms at a time: sums are read and written once for all, which is most of the work. */
function addFour({ rank, columns, left, right }: AdapterProduct, part: RowPart, k: number, sums: Float64Array): void {
  const at = part.row * rank + k;
  const [a, b, c, d] = [left[at]!, left[at + 1]!, left[at + 2]!, left[at + 3]!];
  const rowOf = (n: number): Float32Array => right.subarray(n * columns + part.from, n * columns + part.to);
  const [p, q, r, s] = [rowOf(k), rowOf(k + 1), rowOf(k + 2), rowOf(k + 3)];
  for (let i = 0; i < sums.length; i++) sums[i]! += a * p[i]! + b * q[i]! + c * r[i]! + d * s[i]!;
}

/** Turns [rows, columns] into [columns, rows]. */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c]!;
  return out;
}

/** The Euclidean length of a vector, summed in float64. */
export function lengthOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
