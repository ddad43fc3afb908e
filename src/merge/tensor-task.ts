/** What merging one tensor needs, and where its bytes go. */

import type { Kernels } from "../kernels/kernels.ts";
import type { AnyMethod } from "../methods/method.ts";
import type { Model } from "../model/model.ts";
import type { PlannedTensor } from "../recipe/plan.ts";

/** A tensor to be merged, and what it needs. */
export interface TensorTask {
  readonly tensor: PlannedTensor;
  readonly method: AnyMethod;
  /** As in `Plan.models`. */
  readonly models: readonly Model[];
  readonly seed: number;
  /**
   * Called once for every byte of every input, in ascending order for each. Inputs are counted with the base first, as
   * `inputsOf` lists them. The array is reused afterwards.
   */
  readonly onRead?: (input: number, bytes: Uint8Array) => void;
  /** Where in a file the result begins, in bytes, so that what is emitted can end where pages do. @default 0 */
  readonly offset?: number;
}

/** Where a tensor is merged: the kernels of this thread, and how many bytes of their memory tiles may take. */
export interface Workbench {
  readonly kernels: Kernels;
  readonly tileBytes: number;
}

/** Takes finished bytes of the tensor. The array is reused afterwards. */
export type Emit = (bytes: Uint8Array, startByte: number) => void;
