import { invariant } from "../base/errors.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { missingTensor } from "./folder-model.ts";
import type { Model, TensorInfo } from "./model.ts";

/** Elements that pass through kernel memory at a time: 4 MiB of floats. */
const CHUNK_ELEMENTS = 2 ** 20;

/**
 * Reads a whole tensor as float32, whatever type it is stored in.
 *
 * @param name - a key of the model's table.
 * @param into - [n], n the tensor's elements; anywhere in memory; overwritten.
 * @param kernels - lends memory for a chunk and gives it back; its caller's own arrays stay.
 * @throws model/tensor_missing, kernels/unsupported_dtype, kernels/out_of_memory and what reading raises
 */
export function readFloats(model: Model, name: string, into: Float32Array, kernels: Kernels): void {
  const count = elementCount(findTensor(model, name).shape);
  invariant(into.length === count, `the array for "${name}" has ${count} elements, not ${into.length}`);
  readFloatRange({ model, name, start: 0 }, into, kernels);
}

/** Part of a tensor. */
export interface FloatRange {
  readonly model: Model;
  readonly name: string;
  /** The first element, counted row-major from the tensor's start. */
  readonly start: number;
}

/**
 * Reads part of a tensor as float32.
 *
 * @param into - filled with the elements from `start` on; overwritten.
 * @throws as `readFloats`
 */
export function readFloatRange({ model, name, start }: FloatRange, into: Float32Array, kernels: Kernels): void {
  const { dtype } = findTensor(model, name);
  const mark = kernels.mark();
  try {
    const room = Math.min(CHUNK_ELEMENTS, into.length);
    const bytes = kernels.bytes(Math.ceil(byteLength(dtype, room)));
    const floats = kernels.floats(room);
    for (let done = 0; done < into.length; done += room) {
      const length = Math.min(room, into.length - done);
      const stored = bytes.subarray(0, Math.ceil(byteLength(dtype, length)));
      const chunk = floats.subarray(0, length);
      model.read(name, byteLength(dtype, start + done), stored);
      kernels.widen(dtype, stored, chunk);
      into.set(chunk, done);
    }
  } finally {
    kernels.release(mark);
  }
}

function findTensor(model: Model, name: string): TensorInfo {
  const tensor = model.tensors.get(name);
  if (tensor === undefined) throw missingTensor(model.name, name, model.tensors.keys());
  return tensor;
}
