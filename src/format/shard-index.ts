/** How a checkpoint is spread over several safetensors files, and the index that says which tensor is in which. */

import type { Json } from "../base/canonical-json.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { formatErrors } from "./errors.ts";
import { JsonScanner } from "./json-scanner.ts";
import type { TensorLayout } from "./safetensors.ts";

/** Name of a checkpoint that is one file, in its folder. */
export const SINGLE_FILE = "model.safetensors";

/** Name of the index of a checkpoint in several files. */
export const INDEX_FILE = "model.safetensors.index.json";

/**
 * Reads an index.
 *
 * @param fileName - stands in errors.
 * @param extension - of the files that it may name. @default ".safetensors"
 * @returns tensor name → file name, in the index's order; file names are plain (no folder, no `..`).
 * @throws format/bad_json, duplicate_key, bad_shard_name, empty_index
 */
export function parseShardIndex(
  text: string,
  fileName: string,
  extension = ".safetensors",
): ReadonlyMap<string, string> {
  const scanner = new JsonScanner(text, fileName);
  const shardOf = new Map<string, string>();
  scanner.object((key) => {
    if (key !== "weight_map") return scanner.skip();
    scanner.object((tensor) => {
      const shard = scanner.string();
      if (!isPlainFileName(shard, extension))
        throw formatErrors.bad_shard_name({ file: fileName, tensor, shard, extension });
      shardOf.set(tensor, shard);
    });
  });
  scanner.end();
  if (shardOf.size === 0) throw formatErrors.empty_index({ file: fileName });
  return shardOf;
}

/** A `:` would name a stream or a drive on Windows. */
function isPlainFileName(name: string, extension: string): boolean {
  return /^[^/\\:\0]+$/.test(name) && name.endsWith(extension) && name !== extension && !name.startsWith("..");
}

/** One file of a checkpoint that is to be written. */
export interface Shard {
  readonly fileName: string;
  /** In the order given to `splitShards`. */
  readonly tensors: readonly TensorLayout[];
  /** Of the tensors' bytes, without the header. */
  readonly dataBytes: number;
}

/**
 * Spreads tensors over files, in the given order, as mergekit does: a new file begins when the current one is not empty
 * and would grow beyond the limit, so a tensor larger than the limit gets a file of its own.
 *
 * @param maxShardBytes - of tensor bytes in a file; 0 means no limit.
 * @returns one shard named `model.safetensors`, or several named `model-00001-of-0000N.safetensors`; none for no tensors.
 */
export function splitShards(tensors: readonly TensorLayout[], maxShardBytes: number): readonly Shard[] {
  const groups: { tensors: TensorLayout[]; dataBytes: number }[] = [];
  for (const tensor of tensors) {
    const size = byteLength(tensor.dtype, elementCount(tensor.shape));
    const last = groups.at(-1);
    if (last === undefined || (maxShardBytes > 0 && last.dataBytes + size > maxShardBytes))
      groups.push({ tensors: [tensor], dataBytes: size });
    else {
      last.tensors.push(tensor);
      last.dataBytes += size;
    }
  }
  const digits = (n: number): string => String(n).padStart(5, "0");
  return groups.map((group, i) => ({
    fileName: groups.length === 1 ? SINGLE_FILE : `model-${digits(i + 1)}-of-${digits(groups.length)}.safetensors`,
    ...group,
  }));
}

/**
 * Writes an index.
 *
 * @param metadata - added after `total_size`, the sum of all tensors' bytes.
 */
export function formatShardIndex(shards: readonly Shard[], metadata: Readonly<Record<string, Json>> = {}): string {
  const totalSize = shards.reduce((sum, shard) => sum + shard.dataBytes, 0);
  const weightMap = shards.flatMap((shard) => shard.tensors.map((tensor) => [tensor.name, shard.fileName] as const));
  const index = { metadata: { total_size: totalSize, ...metadata }, weight_map: Object.fromEntries(weightMap) };
  return `${JSON.stringify(index, null, 2)}\n`;
}
