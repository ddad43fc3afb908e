import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { invariant } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { modelErrors } from "./errors.ts";
import { type FilePool, openFilePool } from "./file-pool.ts";
import { fuseExperts, type PartedTensor } from "./fused-experts.ts";
import type { FolderHead, Model, ModelConfig, TensorInfo } from "./model.ts";
import { type FilesOwner, findModelFile, readModelJson } from "./model-file.ts";
import { hashModel } from "./model-identity.ts";
import { readWeightFile, readWeightFiles } from "./weight-files.ts";
import type { FiledTensor, WeightFile } from "./weight-table.ts";

const CONFIG_FILE = "config.json";

/**
 * Opens a checkpoint in Hugging Face's layout: a folder with config.json and weights, single or sharded; or one weight
 * file with a config.json beside it. Without one the config is empty, and the tensors are only tensors.
 *
 * Headers are read and checked now; files are opened again when their tensors are read, a few at a time. Experts of
 * mixture models appear stacked (`fuseExperts`).
 *
 * @param path - as the system takes it.
 * @param name - as the user wrote it.
 * @param head - of the same checkpoint, where it was opened before. Nothing is then read now.
 * @throws model/bad_json, model/not_an_object and those of `readWeightFiles`.
 */
export function openFolderModel(path: string, name: string = path, head: FolderHead = readHead(path)): Model {
  const { folder, weights, sideTexts, config } = head;
  const { files, tensors: stored } = weights;
  const modelType = typeof config["model_type"] === "string" ? config["model_type"] : undefined;
  const parted = new Map(fuseExperts(stored, modelType).map((tensor) => [tensor.name, tensor]));
  const tensors = new Map([...parted].map(([key, tensor]) => [key, infoOf(tensor)]));
  const pool = openFilePool(files.map((file) => file.path));
  let identity: string | undefined;
  const isPlain = stored.every(({ encoding }) => encoding === undefined);
  return {
    name,
    config,
    tensors,
    filesFolder: folder,
    ...(isPlain ? { head } : {}),
    ...(sideTexts.size === 0 ? {} : { sideTexts }),
    read(tensorName, startByte, into) {
      const tensor = parted.get(tensorName);
      if (tensor === undefined) throw missingTensor(name, tensorName, tensors.keys());
      readParts(tensor, startByte, into, (part, offset, bytes) => readStored(pool, part, offset, bytes));
    },
    identity() {
      identity ??= hashModel({ folder, config, files, stored, read: pool.read });
      return identity;
    },
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}

function readHead(path: string): FolderHead {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const folder = isFile ? dirname(path) : path;
  const weights = isFile ? readWeightFile(folder, basename(path)) : readWeightFiles(folder);
  const sideTexts = textsOf(folder, weights.files);
  return { folder, weights, sideTexts, config: readConfig({ filesFolder: folder, sideTexts }) };
}

function infoOf({ name, dtype, shape, parts: [first] }: PartedTensor<FiledTensor>): TensorInfo {
  return { name, dtype, shape, ...(first!.name === name ? {} : { converted: true }) };
}

/** What files have in them of config.json and the like, where the folder itself does not: what lies beside is more exact. */
function textsOf(folder: string, files: readonly WeightFile[]): ReadonlyMap<string, string> {
  const texts = files.flatMap((file) => [...file.texts]);
  return new Map(texts.filter(([name]) => findModelFile(folder, name) === undefined));
}

/** Image models, adapters and the like have none. */
function readConfig(owner: Exclude<FilesOwner, string>): ModelConfig {
  return readModelJson(owner, CONFIG_FILE) ?? {};
}

/** Makes the error for a name that a model's table does not have. */
export function missingTensor(model: string, tensor: string, known: Iterable<string>): Error {
  return modelErrors.tensor_missing({ model, tensor, nearest: nearestName(tensor, known) });
}

function readStored(
  pool: FilePool,
  { file, beginByte, encoding }: FiledTensor,
  offset: number,
  into: Uint8Array,
): void {
  if (encoding === undefined) pool.read(file, beginByte + offset, into);
  else encoding.decode((at, bytes) => pool.read(file, at, bytes), offset, into);
}

/** Reads a range that may lie across parts, all of which are equally long. */
function readParts(
  tensor: PartedTensor<FiledTensor>,
  startByte: number,
  into: Uint8Array,
  readPart: (part: FiledTensor, offset: number, bytes: Uint8Array) => void,
): void {
  const sizeBytes = byteLength(tensor.dtype, elementCount(tensor.shape));
  const fits = startByte >= 0 && startByte + into.length <= sizeBytes;
  invariant(
    fits,
    `bytes ${startByte} to ${startByte + into.length} lie in tensor "${tensor.name}" of ${sizeBytes} bytes`,
  );
  const partBytes = sizeBytes / tensor.parts.length;
  for (let done = 0; done < into.length; ) {
    const at = startByte + done;
    const index = Math.floor(at / partBytes);
    const offset = at - index * partBytes;
    const length = Math.min(into.length - done, partBytes - offset);
    readPart(tensor.parts[index]!, offset, into.subarray(done, done + length));
    done += length;
  }
}
