/** What runs in the thread of `startMergingAhead`: merges tensors one after the other and sends their bytes. */

import { workerData } from "node:worker_threads";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { findMethod } from "../methods/index.ts";
import type { PlannedTensor } from "../recipe/plan.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { AheadJob, MergedAhead } from "./ahead-job.ts";
import { mergeTensor, SCRATCH_BYTES } from "./merge-tensor.ts";
import { openSource } from "./open-source.ts";
import { SharedClaims } from "./shared-claims.ts";

/** As much as the reading thread has: tiles that differ would do no harm, and one that is too small would be slow. */
const KERNEL_BYTES = 128 * 2 ** 20;

run(workerData as AheadJob);

function run({ sources, method, seed, tensors, module, claims: memory, windowBytes, results }: AheadJob): void {
  const claims = new SharedClaims(memory);
  const models = sources.map((source) => openSource(source));
  const bench = { kernels: openWasmKernels(module, KERNEL_BYTES), tileBytes: KERNEL_BYTES - 2 * SCRATCH_BYTES };
  const merge = (tensor: PlannedTensor): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(byteLength(tensor.dtype, elementCount(tensor.shape)));
    mergeTensor({ tensor, method: findMethod(method), models, seed }, bench, (part, start) => bytes.set(part, start));
    return bytes;
  };
  for (const [place, tensor] of tensors.entries()) {
    if (!claims.waitForRoom(windowBytes)) return;
    if (!claims.claim(place)) continue;
    const size = byteLength(tensor.dtype, elementCount(tensor.shape));
    claims.countBytes(size);
    try {
      const merged: MergedAhead = { place, bytes: merge(tensor) };
      results.postMessage(merged, [merged.bytes.buffer]);
      claims.settle(place, "ready");
    } catch {
      // The reading thread merges it again, and raises the error.
      claims.countBytes(-size);
      claims.settle(place, "gone");
    }
  }
}
