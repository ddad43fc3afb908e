/** Finds which files of a folder hold a model's weights, and reads their headers. */

import { join } from "node:path";
import { parseShardIndex } from "../format/shard-index.ts";
import type { EncodedTensor } from "../format/stored-tensor.ts";
import { modelErrors } from "./errors.ts";
import { openFileSource } from "./file-source.ts";
import { listFolder } from "./list-folder.ts";
import { findModelFile, readModelText } from "./model-file.ts";
import { findWeightFormat } from "./weight-format.ts";

/** A tensor and the file it is in. */
export interface FiledTensor extends EncodedTensor {
  /** Index into `WeightFiles.files`. */
  readonly file: number;
}

/** A weight file, by what is known of it without its data. */
export interface WeightFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** In the file's order. Names are unique. */
  readonly tensors: readonly EncodedTensor[];
}

/** A checkpoint's weight files and the tensors that count. */
export interface WeightFiles {
  readonly files: readonly WeightFile[];
  /** In the order of the files, then of their headers. */
  readonly tensors: readonly FiledTensor[];
}

/** Where weights are looked for, in this order; of each name the index (`NAME.index.json`) comes before the file. */
const NAMES: readonly string[] = ["model.safetensors", "pytorch_model.bin"];

/** Weights that other programs write and this one does not find or cannot read, for a clear refusal. */
const OTHER_WEIGHTS = /\.(?:bin|pt|pth|ckpt|gguf|h5|msgpack|npz|onnx|safetensors)$/;

/**
 * Reads the headers of a folder's weights: of the files that `model.safetensors.index.json` names, if there is one, else
 * of `model.safetensors`, else the same of `pytorch_model.bin`.
 *
 * @throws model/no_weights, unsupported_weights, missing_file, escaping_link, tensor_not_in_shard, tensor_twice, and what
 *   the formats' parsers and `parseShardIndex` raise.
 */
export function readWeightFiles(folder: string): WeightFiles {
  for (const name of NAMES) {
    const indexName = `${name}.index.json`;
    const indexText = readModelText(folder, indexName);
    if (indexText !== undefined) return readShards(folder, indexName, indexText);
    if (findModelFile(folder, name) !== undefined) return readWeightFile(folder, name);
  }
  return refuseOtherWeights(folder);
}

/** Reads the header of a checkpoint that is one file. @throws model/unsupported_weights for another kind of file */
export function readWeightFile(folder: string, name: string): WeightFiles {
  const file = readHeader(folder, name, "the model");
  return { files: [file], tensors: file.tensors.map((tensor) => ({ ...tensor, file: 0 })) };
}

function readHeader(folder: string, name: string, neededBy: string): WeightFile {
  const format = findWeightFormat(name);
  if (format === undefined) throw modelErrors.unsupported_weights({ folder, found: [name] });
  const path = findModelFile(folder, name);
  if (path === undefined) throw modelErrors.missing_file({ file: join(folder, name), neededBy });
  using source = openFileSource(path);
  return { path, sizeBytes: source.sizeBytes, tensors: format.parse(source, path) };
}

function readShards(folder: string, indexName: string, indexText: string): WeightFiles {
  const index = join(folder, indexName);
  const shardOf = parseShardIndex(indexText, index, /\.\w+(?=\.index\.json$)/.exec(indexName)?.[0]);
  const shards = [...new Set(shardOf.values())];
  const files = shards.map((shard) => readHeader(folder, shard, indexName));
  const found = new Map<string, FiledTensor>();
  for (const [file, { tensors }] of files.entries()) {
    for (const tensor of tensors) {
      const other = found.get(tensor.name);
      if (!shardOf.has(tensor.name)) continue;
      if (other !== undefined)
        throw modelErrors.tensor_twice({ index, tensor: tensor.name, shards: [shards[other.file]!, shards[file]!] });
      found.set(tensor.name, { ...tensor, file });
    }
  }
  for (const [tensor, shard] of shardOf) {
    if (shards[found.get(tensor)?.file ?? -1] !== shard)
      throw modelErrors.tensor_not_in_shard({ index, tensor, shard });
  }
  return { files, tensors: [...found.values()] };
}

function refuseOtherWeights(folder: string): never {
  const found = listFolder(folder)
    .filter((name) => OTHER_WEIGHTS.test(name))
    .toSorted();
  if (found.length > 0) throw modelErrors.unsupported_weights({ folder, found });
  throw modelErrors.no_weights({ folder });
}
