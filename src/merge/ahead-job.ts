/** What the thread that merges ahead is told, and what it answers. */

import type { MessagePort } from "node:worker_threads";
import type { PlannedSource, PlannedTensor } from "../recipe/plan.ts";

/** What the thread is told. */
export interface AheadJob {
  readonly sources: readonly PlannedSource[];
  readonly method: string;
  readonly seed: number;
  /** In the order of work. */
  readonly tensors: readonly PlannedTensor[];
  /** The kernels, compiled. */
  readonly module: WebAssembly.Module;
  /** Of `claimsMemory`, one piece for each tensor. */
  readonly claims: SharedArrayBuffer;
  /** Nothing is begun while as many bytes wait to be read. */
  readonly windowBytes: number;
  /** Takes `MergedAhead`; each is there before its tensor is called ready. */
  readonly results: MessagePort;
}

/** A tensor that was merged. */
export interface MergedAhead {
  /** Index into the tensors. */
  readonly place: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
