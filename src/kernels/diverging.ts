import type { ComputeDtype } from "../tensor/dtype.ts";
import type { RowDivergence } from "./row-divergence.ts";
import type { Change } from "./selecting.ts";

/** Kernels that weigh changes by how much a row's distribution changed; the rules are those of `Kernels`. */
export interface Diverging {
  /** Takes memory for the divergences of rows of one length. @throws kernels/out_of_memory */
  rowDivergence(dtype: ComputeDtype, rowLength: number): RowDivergence;
  /**
   * out = base + (values - base) where |values - base| * divergence is at least the threshold, base elsewhere; the sum is
   * in float32.
   */
  takeImportant(dtype: ComputeDtype, change: Change, importance: Importance, out: Float32Array): void;
}

/** What the changes of a row are multiplied with, and what the product has to reach; float32. */
export interface Importance {
  readonly divergence: number;
  readonly threshold: number;
}
