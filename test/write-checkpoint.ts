import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../src/base/canonical-json.ts";
import { layoutSafetensors } from "../src/format/safetensors.ts";
import { formatShardIndex, INDEX_FILE, splitShards } from "../src/format/shard-index.ts";
import type { Dtype } from "../src/tensor/dtype.ts";
import type { Shape } from "../src/tensor/shape.ts";

/** A tensor with its bytes, little-endian. */
export interface TensorContent {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** Makes an F32 tensor of given values. */
export function floatTensor(name: string, shape: Shape, values: readonly number[]): TensorContent {
  return { name, dtype: "F32", shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** Returns the bytes of a safetensors file. */
export function formatSafetensors(tensors: readonly TensorContent[]): Uint8Array {
  const layout = layoutSafetensors(tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })));
  const file = new Uint8Array(layout.sizeBytes);
  file.set(layout.head);
  for (const { name, beginByte } of layout.tensors) file.set(tensors.find((t) => t.name === name)!.bytes, beginByte);
  return file;
}

/** Writes a model's folder: config.json and weights, in shards of at most `maxShardBytes` where that is given. */
export function writeCheckpoint(
  folder: string,
  config: { readonly [key: string]: Json },
  tensors: readonly TensorContent[],
  maxShardBytes = 0,
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const shards = splitShards(tensors, maxShardBytes);
  for (const { fileName, tensors: own } of shards) {
    const names = new Set(own.map((tensor) => tensor.name));
    writeFileSync(join(folder, fileName), formatSafetensors(tensors.filter((tensor) => names.has(tensor.name))));
  }
  if (shards.length > 1) writeFileSync(join(folder, INDEX_FILE), formatShardIndex(shards));
}
