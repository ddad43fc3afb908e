import type { Tensor } from "onnxruntime-node";
import type { Kernels } from "../kernels/kernels.ts";
import { missingTensor } from "../model/folder-model.ts";
import type { Model } from "../model/model.ts";
import { readFloats } from "../model/read-floats.ts";
import { elementCount, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { engineErrors } from "./errors.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import type { Runtime } from "./runtime.ts";

/** A tensor of a checkpoint. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: Shape;
  /** Set where the tensor is made of heads; they may be wider in memory than in the checkpoint. */
  readonly heads?: HeadAxis;
}

/** The tensor seen as [outer, heads, D, inner]. */
export interface HeadAxis {
  /** [D] where each channel goes in a head in memory. */
  readonly places: readonly number[];
  readonly inner: number;
}

/** Float32 memory that models of one shape are loaded into, one after another. */
export interface WeightMemory {
  /** Takes memory for tensors that lie one after the other, as one tensor of the given shape. Zero until loaded. */
  take(stored: readonly StoredWeight[], dims: Shape): Tensor;
  /** Checks that a model has all tensors in the shapes expected. @throws model/tensor_missing, engine/bad_shape */
  check(model: Model): void;
  /** Fills all that was taken from a model that was checked. @throws what reading raises */
  load(model: Model, kernels: Kernels): void;
}

/** Starts without any memory. */
export function createWeightMemory(runtime: Runtime): WeightMemory {
  const parts: { readonly weight: StoredWeight; readonly into: Float32Array }[] = [];
  return {
    take(stored, dims) {
      const data = new Float32Array(elementCount(dims));
      let end = 0;
      for (const weight of stored) {
        const start = end;
        end += sizeInMemory(weight);
        parts.push({ weight, into: data.subarray(start, end) });
      }
      return new runtime.Tensor("float32", data, dims);
    },
    check(model) {
      for (const { weight } of parts) checkShape(model, weight);
    },
    load(model, kernels) {
      for (const { weight, into } of parts) loadWeight(model, weight, into, kernels);
    },
  };
}

function isWidened({ places }: HeadAxis): boolean {
  return paddedHeadWidth(places.length) !== places.length;
}

function sizeInMemory({ shape, heads }: StoredWeight): number {
  const stored = elementCount(shape);
  return heads === undefined ? stored : (stored / heads.places.length) * paddedHeadWidth(heads.places.length);
}

function checkShape(model: Model, { name, shape }: StoredWeight): void {
  const found = model.tensors.get(name);
  if (found === undefined) throw missingTensor(model.name, name, model.tensors.keys());
  if (sameShape(found.shape, shape)) return;
  const [got, expected] = [formatShape(found.shape), formatShape(shape)];
  throw engineErrors.bad_shape({ model: model.name, tensor: name, got, expected });
}

function loadWeight(model: Model, weight: StoredWeight, into: Float32Array, kernels: Kernels): void {
  if (weight.heads === undefined || !isWidened(weight.heads)) {
    readFloats(model, weight.name, into, kernels);
    return;
  }
  const stored = new Float32Array(elementCount(weight.shape));
  readFloats(model, weight.name, stored, kernels);
  widenHeads(stored, weight.heads, into);
}

/** Copies [.., D, inner] to [.., wide, inner]; what lies between is left as it is. */
function widenHeads(stored: Float32Array, { places, inner }: HeadAxis, into: Float32Array): void {
  const D = places.length;
  const wide = paddedHeadWidth(D);
  const heads = stored.length / (D * inner);
  for (let head = 0; head < heads; head++) {
    for (const [channel, place] of places.entries()) {
      const from = (head * D + channel) * inner;
      into.set(stored.subarray(from, from + inner), (head * wide + place) * inner);
    }
  }
}
