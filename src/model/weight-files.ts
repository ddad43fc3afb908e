/** Finds which files of a folder hold a model's weights, and reads their headers. */

import { join } from "node:path";
import { parseShardIndex } from "../format/shard-index.ts";
import { modelErrors } from "./errors.ts";
import { openFileSource } from "./file-source.ts";
import { listFolder } from "./list-folder.ts";
import { findModelFile, readModelText } from "./model-file.ts";
import { findWeightFormat } from "./weight-format.ts";
import type { FiledTensor, WeightFile, WeightFiles } from "./weight-table.ts";

/** Where weights are looked for, in this order; of each name the index (`NAME.index.json`) comes before the file. */
const NAMES: readonly string[] = ["model.safetensors", "pytorch_model.bin"];

/** Weights that other programs write and this one cannot read, for a clear refusal. */
const OTHER_WEIGHTS = /\.(?:h5|msgpack|npz|onnx|safetensors|bin|pt|pth|ckpt|gguf)$/;

/** What lies beside weights and ends as they do. */
const NO_WEIGHTS = /^(?:training_args|optimizer|scheduler|rng_state.*|scaler)\.(?:bin|pt|pth)$/;

/**
 * Reads the headers of a folder's weights: of the files that `model.safetensors.index.json` names, if there is one, else
 * of `model.safetensors`, else the same of `pytorch_model.bin`; else of the one index or weight file that there is,
 * whatever its name.
 *
 * @throws model/no_weights, ambiguous_weights, unsupported_weights, missing_file, escaping_link, tensor_not_in_shard,
 *   tensor_twice, and what the formats' parsers and `parseShardIndex` raise.
 */
export function readWeightFiles(folder: string): WeightFiles {
  for (const name of NAMES) {
    const indexName = `${name}.index.json`;
    const indexText = readModelText(folder, indexName);
    if (indexText !== undefined) return readShards(folder, indexName, indexText);
    if (findModelFile(folder, name) !== undefined) return readWeightFile(folder, name);
  }
  return readOddlyNamed(folder);
}

function readOddlyNamed(folder: string): WeightFiles {
  const names = listFolder(folder).toSorted();
  const weights = names.filter((name) => findWeightFormat(name) !== undefined && !NO_WEIGHTS.test(name));
  const [index, ...otherIndices] = names.filter((name) => /\.(?:safetensors|bin)\.index\.json$/.test(name));
  if (index !== undefined && otherIndices.length === 0) return readShards(folder, index, readModelText(folder, index)!);
  // A folder may hold the same weights in two formats.
  const safetensors = weights.filter((name) => name.endsWith(".safetensors"));
  const [only, ...others] = safetensors.length > 0 ? safetensors : weights;
  if (only === undefined) return refuseOtherWeights(folder, names);
  if (others.length > 0) throw modelErrors.ambiguous_weights({ folder, found: [only, ...others] });
  return readWeightFile(folder, only);
}

/** Reads the header of a checkpoint that is one file. @throws model/unsupported_weights for another kind of file */
export function readWeightFile(folder: string, name: string): WeightFiles {
  const file = readHeader(folder, name, 0, "the model");
  return { files: [file], tensors: file.tensors };
}

function readHeader(folder: string, name: string, file: number, neededBy: string): WeightFile {
  const format = findWeightFormat(name);
  if (format === undefined) throw modelErrors.unsupported_weights({ folder, found: [name] });
  const path = findModelFile(folder, name);
  if (path === undefined) throw modelErrors.missing_file({ file: join(folder, name), neededBy });
  using source = openFileSource(path);
  const { tensors, texts = new Map() } = format.parse(source, path);
  return { path, sizeBytes: source.sizeBytes, tensors: tensors.map((tensor) => ({ ...tensor, file })), texts };
}

function readShards(folder: string, indexName: string, indexText: string): WeightFiles {
  const index = join(folder, indexName);
  const shardOf = parseShardIndex(indexText, index, /\.\w+(?=\.index\.json$)/.exec(indexName)?.[0]);
  const shards = [...new Set(shardOf.values())];
  const files = shards.map((shard, file) => readHeader(folder, shard, file, indexName));
  const found = new Map<string, FiledTensor>();
  for (const [file, { tensors }] of files.entries()) {
    for (const tensor of tensors) {
      const other = found.get(tensor.name);
      if (!shardOf.has(tensor.name)) continue;
      if (other !== undefined)
        throw modelErrors.tensor_twice({ index, tensor: tensor.name, shards: [shards[other.file]!, shards[file]!] });
      found.set(tensor.name, tensor);
    }
  }
  for (const [tensor, shard] of shardOf) {
    if (shards[found.get(tensor)?.file ?? -1] !== shard)
      throw modelErrors.tensor_not_in_shard({ index, tensor, shard });
  }
  return { files, tensors: [...found.values()] };
}

function refuseOtherWeights(folder: string, names: readonly string[]): never {
  const found = names.filter((name) => OTHER_WEIGHTS.test(name));
  if (found.length > 0) throw modelErrors.unsupported_weights({ folder, found });
  throw modelErrors.no_weights({ folder });
}
