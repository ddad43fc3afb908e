import type { TensorMerge } from "../methods/method.ts";
import type { MergeWork } from "../recipe/plan.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { Emit, TensorTask, Workbench } from "./tensor-task.ts";

/** Bytes of all inputs and the result together that stay in a processor's cache. */
const CACHE_BYTES = 640 * 2 ** 10;
/** Of one input: more saves nothing. */
const MOST_BYTES = 128 * 2 ** 10;
const PAGE_BYTES = 4096;

/**
 * Merges a tensor without a base from stored bytes to stored bytes: a piece of each input is read, merged and emitted while all of it is in
 * the processor's cache. Pieces end where pages of the output file do, which the system writes faster.
 *
 * @param apply - as `TensorMerge.applyStored`.
 * @returns how many of the result's elements are infinite or not a number.
 */
export function mergeStored(
  { tensor, models, onRead, offset = 0 }: TensorTask,
  work: MergeWork,
  apply: NonNullable<TensorMerge["applyStored"]>,
  { kernels }: Workbench,
  emit: Emit,
): number {
  const total = byteLength(tensor.dtype, elementCount(tensor.shape));
  const pieceBytes = pieceSize(work.models.length + 1);
  // Whole elements, wherever the file has put the tensor.
  const skew = offset - (offset % byteLength(tensor.dtype, 1));
  const readers = work.models.map((input) => ({ model: models[input.model]!, name: input.tensor }));
  const buffers = readers.map(() => kernels.bytes(Math.min(total, pieceBytes)));
  const buffer = kernels.bytes(Math.min(total, pieceBytes));
  let nonFinite = 0;
  for (let start = 0; start < total; ) {
    const end = Math.min(total, start + pieceBytes - ((skew + start) % pieceBytes));
    const parts = buffers.map((bytes) => bytes.subarray(0, end - start));
    for (const [i, { model, name }] of readers.entries()) {
      model.read(name, start, parts[i]!);
      onRead?.(i, parts[i]!);
    }
    const out = buffer.subarray(0, end - start);
    nonFinite += apply({ base: undefined, models: parts }, out);
    emit(out, start);
    start = end;
  }
  return nonFinite;
}

/** Whole pages, at least one. */
function pieceSize(arrays: number): number {
  const pages = Math.floor(CACHE_BYTES / arrays / PAGE_BYTES);
  return Math.min(MOST_BYTES, Math.max(1, pages) * PAGE_BYTES);
}
