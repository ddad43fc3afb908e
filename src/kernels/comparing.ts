import type { Dtype } from "../tensor/dtype.ts";

/** Kernels that compare arrays pair by pair; the rules are those of `Kernels`, and R ≤ MAX_INPUTS. */
export interface Comparing {
  /**
   * Adds the products of every two rows, and the sum of each.
   *
   * Stretches of 512 elements are added up in four float32 lanes each, and those in float64; so the result depends on
   * where an array was cut, and on nothing else.
   *
   * @param rows - [R] of [n].
   * @param products - [R][R] float64 in kernel memory; entries with i ≤ j are added to, the others are left alone.
   * @param sums - [R] float64 in kernel memory, added to.
   */
  addGram(rows: readonly Float32Array[], products: Float64Array, sums: Float64Array): void;
  /**
   * Packs signs into bits: one for each element above 0, then one for each below 0.
   *
   * @param bits - [2][`signWords(n)`] words of 8 bytes, as bytes; overwritten, 0 past the end.
   */
  packSigns(values: Float32Array, bits: Uint8Array): void;
  /**
   * Widens stored elements, takes the origin away from them, and packs the signs of what is left: `widen`, `subtract` and
   * `packSigns` in one go.
   *
   * @param stored - little-endian bytes of n elements.
   * @param change - [n], overwritten.
   * @param bits - as `packSigns` has it.
   * @throws kernels/unsupported_dtype for packed and complex types.
   */
  change(dtype: Dtype, stored: Uint8Array, origin: Float32Array, change: Float32Array, bits: Uint8Array): void;
  /**
   * Adds up the changes of bfloat16 rows from the first of them: `widen`, `change`, `addGram` and `countSigns` in one go,
   * with the same results, except that signs of a row that holds NaN mean nothing.
   *
   * @param stored - [R] of little-endian bytes of n elements.
   * @param scratch - `changesScratchBytes(R)` bytes, overwritten.
   */
  addChanges(stored: readonly Uint8Array[], into: ChangeSums, scratch: Uint8Array): void;
  /**
   * Counts elements of every two rows.
   *
   * @param rows - [R], each as `packSigns` makes it.
   * @param counts - [R][R] float64 in kernel memory, added to: [i][j] with i < j how many have the same sign, [j][i] how
   * many are zero in neither row.
   */
  countSigns(rows: readonly Uint8Array[], counts: Float64Array): void;
}

/** Sums over rows, which `addChanges` adds to; all in kernel memory. */
export interface ChangeSums {
  /** [R][R], entries with i ≤ j: as `addGram` has them. */
  readonly products: Float64Array;
  /** [R] */
  readonly sums: Float64Array;
  /** [R − 1][R − 1]: as `countSigns` has them, of all rows but the first. */
  readonly signs: Float64Array;
}

/** Bytes of scratch that `addChanges` takes for so many rows. */
export function changesScratchBytes(rows: number): number {
  return 2 * 16 * Math.ceil(rows / 4) + rows * (2048 + 128);
}

/** Words of 8 bytes that hold a bit for each of n elements. */
export function signWords(n: number): number {
  return Math.ceil(n / 64);
}
