/**
 * What runs in a worker thread of `mergeRecipe`: merges the tensors it is sent and writes them at their place.
 *
 * Bytes go from the input files into this thread's WebAssembly memory and from there to the output file; nothing but
 * names and numbers crosses threads.
 */

import { closeSync, openSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { CodedError, type Wire } from "../base/errors.ts";
import type { ContentHash } from "../kernels/content-hash.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { findMethod } from "../methods/index.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import type { PlannedSource, PlannedTensor } from "../recipe/plan.ts";
import type { TensorHashes } from "./content-hash.ts";
import type { LockFormat } from "./lineage.ts";
import { inputsOf, mergeTensor, SCRATCH_BYTES } from "./merge-tensor.ts";
import { countMerges, openSource } from "./open-source.ts";
import type { Emit, TensorTask, Workbench } from "./tensor-task.ts";
import { writing } from "./write-errors.ts";

/** What a worker is told when it is started. */
export interface WorkerStart {
  /** The kernel memory that it will probably have, in bytes; 0 if nobody knows. */
  readonly kernelBytes: number;
}

/** What a worker is told of the merge that it takes part in. */
export interface WorkerSetup {
  readonly sources: readonly PlannedSource[];
  readonly method: string;
  readonly seed: number;
  /** Bytes of this worker's kernel memory. */
  readonly memoryBytes: number;
  /** Says which hash names contents. */
  readonly lockFormat: LockFormat;
  /** Output files, already of their final size. */
  readonly files: readonly string[];
}

/** One tensor to merge. */
export interface WorkerTask {
  readonly tensor: PlannedTensor;
  /** Index into `WorkerSetup.files`. */
  readonly file: number;
  /** Where the tensor's bytes begin in the file. */
  readonly offset: number;
}

/** What a worker is sent: once what it takes part in, then tasks, each of which it answers with a `WorkerOutcome`. */
export type WorkerMessage = { readonly setup: WorkerSetup } | { readonly task: WorkerTask };

/** What became of it. Errors travel as data, since threads would drop their codes. */
export type WorkerOutcome = TensorOutcome | { readonly error: Wire };

/** A tensor that is in place. */
export interface TensorOutcome {
  /** How many of its elements are infinite or not a number. */
  readonly nonFinite: number;
  readonly hashes: TensorHashes;
}

/** What this thread holds open for its merge. */
interface Shop extends Pick<TensorTask, "models" | "method" | "seed"> {
  readonly bench: Workbench;
  readonly startHash: () => ContentHash;
}

function openShop({ sources, method, seed, memoryBytes, lockFormat }: WorkerSetup): Shop {
  // Merges that are computed on the way share the memory with the one that is written.
  const merges = sources.reduce((sum, source) => sum + countMerges(source), 0);
  const shareBytes = Math.floor(memoryBytes / (merges + 1));
  const kernels = takeKernels(shareBytes);
  return {
    models: sources.map((source) => openSource(source, shareBytes)),
    method: findMethod(method),
    seed,
    bench: { kernels, tileBytes: shareBytes - SCRATCH_BYTES },
    startHash: lockFormat === 1 ? kernels.contentHash : kernels.laneHash,
  };
}

let setup: WorkerSetup | undefined;
let open: Shop | undefined;

/** Kernels that were opened before there was work. */
let warm: { readonly kernels: Kernels; readonly sizeBytes: number } | undefined;

/** Opens the kernels before there is work. A fault shows again when they are needed, and is told then. */
function warmUp({ kernelBytes }: WorkerStart): void {
  try {
    const module = readKernelModule();
    if (kernelBytes > 0) warm = { kernels: openWasmKernels(module, kernelBytes), sizeBytes: kernelBytes };
  } catch {}
}

function takeKernels(sizeBytes: number): Kernels {
  const opened = warm;
  warm = undefined;
  return opened?.sizeBytes === sizeBytes ? opened.kernels : openWasmKernels(readKernelModule(), sizeBytes);
}

if (parentPort !== null) warmUp(workerData as WorkerStart);
parentPort?.on("message", (message: WorkerMessage) => {
  if ("setup" in message) setup = message.setup;
  else parentPort!.postMessage(doTask(message.task, setup!));
});

function doTask(task: WorkerTask, merge: WorkerSetup): WorkerOutcome {
  const path = merge.files[task.file]!;
  try {
    open ??= openShop(merge);
    const shop = open;
    const output = writing(path, () => openSync(path, "r+"));
    try {
      return mergeInto(task, shop, (bytes, start) =>
        writing(path, () => writeFully(output, bytes, task.offset + start)),
      );
    } finally {
      closeSync(output);
    }
  } catch (error) {
    if (error instanceof CodedError) return { error: error.toJSON() };
    throw error;
  }
}

function mergeInto({ tensor, offset }: WorkerTask, { bench, startHash, ...shop }: Shop, write: Emit): TensorOutcome {
  const mark = bench.kernels.mark();
  try {
    const inputHashes = inputsOf(tensor.work).map(() => startHash());
    const outputHash = startHash();
    const onRead = (input: number, bytes: Uint8Array): void => inputHashes[input]!.update(bytes);
    const nonFinite = mergeTensor({ tensor, ...shop, onRead, offset }, bench, (bytes, start) => {
      outputHash.update(bytes);
      write(bytes, start);
    });
    return { nonFinite, hashes: { inputs: inputHashes.map((hash) => hash.digest()), output: outputHash.digest() } };
  } finally {
    bench.kernels.release(mark);
  }
}

function writeFully(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
