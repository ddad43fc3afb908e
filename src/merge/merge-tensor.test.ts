import { expect, it } from "vitest";
import { wasmKernels } from "../../test/contracts/kernel-twins.ts";
import { defaults } from "../../test/contracts/merge-whole.ts";
import { createRandom } from "../base/philox.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { METHODS } from "../methods/index.ts";
import { linear } from "../methods/linear.ts";
import type { AnyMethod } from "../methods/method.ts";
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

const SHAPE = [150, 200] as const;
const BYTES = 2 * SHAPE[0] * SHAPE[1];

/** A model of one bfloat16 tensor of random numbers near those of others. */
function randomModel(seed: number): Model {
  const [common, own] = [createRandom({ seed: 1, counter: 0 }), createRandom({ seed, counter: 0 })];
  const numbers = Float32Array.from(
    { length: BYTES / 2 },
    () => common.nextUniform() - 0.5 + (own.nextUniform() - 0.5) / 8,
  );
  const upper = Uint16Array.from(new Uint32Array(numbers.buffer), (pattern) => pattern >>> 16);
  const bytes = new Uint8Array(upper.buffer);
  return {
    ...modelOf([]),
    tensors: new Map([["w", { name: "w", dtype: "BF16", shape: SHAPE }]]),
    read: (_name, start, into) => into.set(bytes.subarray(start, start + into.length)),
  };
}

const four = [2, 3, 4, 5].map(randomModel);
const kernels = wasmKernels();

/** Merges the tensor with so much memory for tiles. @returns its bytes, and how many were read of the first input */
function mergeWithin(method: AnyMethod, tileBytes: number) {
  const count = Math.min(method.arity[1], 4);
  const hasBase = method.base === "required";
  const inputs = Array.from({ length: count }, (_, model) => ({ model, tensor: "w" }));
  const models = hasBase ? inputs.slice(1) : inputs;
  const half = Object.hasOwn(method.params, "density") ? { density: models.map(() => 0.5) } : {};
  const share = Object.hasOwn(method.params, "select_topk") ? { select_topk: 0.5 } : {};
  const settings = { ...defaults(method.params, models.length), ...half, ...share };
  const dtype = method.result ?? ("BF16" as const);
  const written = new Uint8Array(dtype === "F32" ? 2 * BYTES : BYTES);
  let read = 0;
  const base = hasBase ? inputs[0] : undefined;
  const work = { kind: "merge", compute: "BF16", base, models, settings, drawStart: 0 } as const;
  const tensor = { name: "w", shape: SHAPE, dtype, work };
  const onRead = (input: number, bytes: Uint8Array) => {
    if (input === 0) read += bytes.length;
  };
  mergeTensor({ tensor, method, models: four, seed: 3, onRead }, { kernels, tileBytes }, (bytes, start) =>
    written.set(bytes, start),
  );
  return { written, read };
}

it.each(Object.values(METHODS))(
  "$name gives the same bytes for a tensor that does not fit into the memory",
  (method) => {
    const held = mergeWithin(method, 2 ** 22);
    expect(mergeWithin(method, 2 ** 16)).toEqual(held);
    expect(held.read).toBe(BYTES);
    expect(held.written.some((byte) => byte !== 0)).toBe(true);
  },
);
