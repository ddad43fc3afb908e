/** A checkpoint with a LoRA adapter in it, as a model: nothing is merged beforehand, `read` computes. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type Json } from "../../base/canonical-json.ts";
import { modelErrors } from "../errors.ts";
import { missingTensor, openFolderModel } from "../folder-model.ts";
import type { Model, ModelConfig, TensorInfo } from "../model.ts";
import { readModelJson } from "../model-file.ts";
import { readAdapterConfig } from "./adapter-config.ts";
import { sortAdapter } from "./adapter-parts.ts";
import { createAdapterReaders, HEADS } from "./adapter-readers.ts";
import { createBaseNames } from "./base-names.ts";
import type { TensorReader } from "./matrix-reader.ts";

const CONFIG_FILE = "adapter_config.json";
const WEIGHT_FILES = ["adapter_model.safetensors", "adapter_model.bin"];

/**
 * Opens an adapter on top of a model. Tensors keep the base's types: sums are float32 and rounded once.
 *
 * @param base - owned by the result, also if this throws.
 * @param folder - adapter_config.json and adapter_model.safetensors (or .bin), as PEFT writes them.
 * @param name - as the user wrote it.
 * @throws model/missing_file, adapter_setting, adapter_tensor, adapter_target, and what opening files raises
 */
export function openAdapterModel(base: Model, folder: string, name: string): Model {
  try {
    return open(base, folder, name);
  } catch (error) {
    base[Symbol.dispose]();
    throw error;
  }
}

function open(base: Model, folder: string, name: string): Model {
  const file = join(folder, CONFIG_FILE);
  const settings = readModelJson(folder, CONFIG_FILE);
  if (settings === undefined) throw modelErrors.missing_file({ file, neededBy: "the adapter" });
  const adapter = openWeights(folder);
  const parts = sortAdapter(adapter.tensors, folder);
  const names = createBaseNames(base.tensors, folder);
  const config = readAdapterConfig(settings, file);
  const readers = createAdapterReaders({ base, adapter, parts, names, config, folder });
  let last: TensorReader | undefined;
  const tensors = new Map<string, TensorInfo>(base.tensors);
  for (const [tensor, { info }] of readers) tensors.set(tensor, info);
  return {
    name,
    config: configOf(base, tensors),
    tensors,
    filesFolder: base.filesFolder,
    ...(base.sideTexts === undefined ? {} : { sideTexts: base.sideTexts }),
    read(tensor, startByte, into) {
      if (!tensors.has(tensor)) throw missingTensor(name, tensor, tensors.keys());
      const reader = readers.get(tensor);
      // Factors are kept for one tensor at a time.
      if (reader !== last) last?.release?.();
      last = reader;
      if (reader === undefined) base.read(tensor, startByte, into);
      else reader.read(startByte, into);
    },
    identity: () => hash([base.identity(), adapter.identity(), settings]),
    [Symbol.dispose]() {
      adapter[Symbol.dispose]();
      base[Symbol.dispose]();
    },
  };
}

function openWeights(folder: string): Model {
  const found = WEIGHT_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw modelErrors.missing_file({ file: join(folder, WEIGHT_FILES[0]!), neededBy: "the adapter" });
  return openFolderModel(found);
}

/** An adapter may bring embeddings of more rows, or a head where the base's was its embeddings again. */
function configOf(base: Model, tensors: ReadonlyMap<string, TensorInfo>): ModelConfig {
  const vocabulary = base.config["vocab_size"];
  const resized = [...tensors.values()].find(({ name, shape }) => {
    const before = base.tensors.get(name)?.shape[0];
    return before === vocabulary && shape[0] !== before;
  });
  const isUntied = HEADS.some((head) => tensors.has(head) && !base.tensors.has(head));
  return {
    ...base.config,
    ...(resized === undefined ? {} : { vocab_size: resized.shape[0]! }),
    ...(isUntied ? { tie_word_embeddings: false } : {}),
  };
}

function hash(facts: readonly Json[]): string {
  return createHash("sha256").update(canonicalJson(facts)).digest("hex");
}
