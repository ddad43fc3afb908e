import type { Model, TensorInfo } from "../../src/model/model.ts";
import type { Shape } from "../../src/tensor/shape.ts";

/** Values of a tensor, with its shape. */
export interface SmallTensor {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** Makes a model in memory, float32, that counts how many bytes are read of it. */
export function smallModel(
  name: string,
  tensors: Readonly<Record<string, SmallTensor>>,
): Model & { readonly bytesRead: () => number } {
  let bytesRead = 0;
  const bytes = new Map(
    Object.entries(tensors).map(([tensor, { values }]) => [tensor, new Uint8Array(Float32Array.from(values).buffer)]),
  );
  const infos = Object.entries(tensors).map(([tensor, { shape }]): [string, TensorInfo] => [
    tensor,
    { name: tensor, dtype: "F32", shape },
  ]);
  return {
    name,
    config: {},
    tensors: new Map(infos),
    filesFolder: "/nowhere",
    read(tensor, startByte, into) {
      bytesRead += into.length;
      into.set(bytes.get(tensor)!.subarray(startByte, startByte + into.length));
    },
    identity: () => name,
    bytesRead: () => bytesRead,
    [Symbol.dispose]() {},
  };
}
