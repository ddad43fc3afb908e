import { expect, it } from "vitest";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { linear } from "../methods/linear.ts";
import type { Model } from "../model/model.ts";
import { mergeTensor } from "./merge-tensor.ts";

/** A model of one float32 tensor. */
function modelOf(values: readonly number[]): Model {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return {
    name: "m",
    config: {},
    tensors: new Map([["w", { name: "w", dtype: "F32", shape: [values.length] }]]),
    filesFolder: ".",
    read: (_name, start, into) => into.set(bytes.subarray(start, start + into.length)),
    identity: () => "m",
    [Symbol.dispose]() {},
  };
}

it("rounds a copy to the recipe's dtype and then to the output's", () => {
  // float16 has 11 bits: 2049 becomes 2048, and 1 + 2^-12 becomes 1.
  const model = modelOf([1, 2049, 1 + 2 ** -12, -0.5]);
  const written = new Uint8Array(16);
  const tensor = {
    name: "w",
    shape: [4],
    dtype: "F32" as const,
    work: { kind: "copy" as const, from: { model: 0, tensor: "w" }, equalTo: [], grid: "F16" as const },
  };
  const kernels = createPlainKernels(2 ** 22);
  const bad = mergeTensor(
    { tensor, method: linear, models: [model], seed: 0 },
    { kernels, tileBytes: 2 ** 16 },
    (bytes, start) => written.set(bytes, start),
  );
  expect([...new Float32Array(written.buffer)]).toEqual([1, 2048, 1, -0.5]);
  expect(bad).toBe(0);
});
