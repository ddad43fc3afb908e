/** What runs in a worker thread of `runKinshipThreads`: measures the pieces it is sent. Only names and sums cross threads. */

import { workerData } from "node:worker_threads";
import { CodedError, type Wire } from "../base/errors.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import type { ModelSource } from "../model/model.ts";
import { reopenModel } from "../model/open-model.ts";
import { measurePiece, measuringBytes, type RowSums } from "../select/kinship/measure-piece.ts";
import type { Piece, Pool } from "../select/kinship/plan-comparison.ts";

/** What a worker is told once. */
export interface KinshipSetup {
  readonly models: readonly ModelSource[];
  readonly base: ModelSource | undefined;
}

/** What became of some pieces. Errors travel as data, since threads would drop their codes. */
export type PiecesOutcome = { readonly sums: readonly RowSums[] } | { readonly error: Wire };

const setup = workerData as KinshipSetup;
const pool: Pool = {
  models: setup.models.map((source) => reopenModel(source)),
  base: setup.base === undefined ? undefined : reopenModel(setup.base),
};
const kernels = openWasmKernels(readKernelModule(), measuringBytes(pool.models.length));

/** The entry point that the pool calls. */
export function measureInWorker(pieces: readonly Piece[]): PiecesOutcome {
  try {
    return { sums: pieces.map((piece) => measurePiece(piece, pool, kernels)) };
  } catch (error) {
    if (error instanceof CodedError) return { error: error.toJSON() };
    throw error;
  }
}
