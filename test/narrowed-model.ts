import type { Kernels } from "../src/kernels/kernels.ts";
import type { Model } from "../src/model/model.ts";
import { readFloats } from "../src/model/read-floats.ts";
import { elementCount } from "../src/tensor/shape.ts";

/** Returns a model whose tensors are those of another one, rounded to 16 bits. */
export function narrowModel(model: Model, dtype: "BF16" | "F16", kernels: Kernels): Model {
  const bytes = new Map<string, Uint8Array>();
  for (const [name, { shape }] of model.tensors) {
    const values = new Float32Array(elementCount(shape));
    readFloats(model, name, values, kernels);
    const narrow = new Uint8Array(2 * values.length);
    kernels.narrow(dtype, values, narrow);
    bytes.set(name, narrow);
  }
  return {
    ...model,
    tensors: new Map([...model.tensors].map(([name, info]) => [name, { ...info, dtype }])),
    read: (name, startByte, into) => into.set(bytes.get(name)!.subarray(startByte, startByte + into.length)),
  };
}
