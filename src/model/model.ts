/**
 * The one idea everything rests on: a model is anything that hands out tensors by name.
 *
 * A folder of safetensors is a model, and so is a recipe that was not carried out: its `read` computes. Who reads
 * cannot tell the difference.
 */

import type { Json } from "../base/canonical-json.ts";
import type { Dtype } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { WeightFiles } from "./weight-table.ts";

/** What is known of a tensor without reading it. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** There if the files know it by other names only: it was renamed, or put together. */
  readonly converted?: true;
}

/** The content of config.json. Keys and values are Hugging Face's; nothing is checked but that it is an object. */
export type ModelConfig = { readonly [key: string]: Json };

/** What is read of a checkpoint when it is opened; plain data where no tensor has an encoding. */
export interface FolderHead {
  readonly folder: string;
  readonly weights: WeightFiles;
  readonly config: ModelConfig;
  /** Contents of config.json and the like that only the weight files have. */
  readonly sideTexts: ReadonlyMap<string, string>;
}

/** How to open a model again, in another thread or run; plain data. */
export interface ModelSource {
  readonly kind: "folder";
  readonly path: string;
  /** What was read of the folder, so that it need not be read again. */
  readonly head?: FolderHead;
  /** Folders of LoRA adapters, applied in this order. */
  readonly adapters?: readonly string[];
}

/** A checkpoint, or something that behaves like one. */
export interface Model {
  /** As the user wrote it: a path, a recipe's file name. */
  readonly name: string;
  readonly config: ModelConfig;
  /** In the order of the files. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Folder that holds tokenizer.json and the other files that travel with the weights. */
  readonly filesFolder: string;
  /**
   * Texts of files that are not in `filesFolder`, or not like this: a tokenizer that a recipe builds. By file name; null
   * hides the folder's own. Absent where the folder holds all there is.
   */
  readonly sideTexts?: ReadonlyMap<string, string | null>;
  /**
   * Reads part of a tensor's bytes, little-endian, row-major.
   *
   * @param name - a key of `tensors`.
   * @param startByte - from the start of the tensor.
   * @param into - filled completely; may lie in kernel memory.
   * @throws model/tensor_missing, format/truncated and whatever the source raises.
   */
  read(name: string, startByte: number, into: Uint8Array): void;
  /** What was read of its folder, if that is one and plain data: for `ModelSource.head`. */
  readonly head?: FolderHead;
  /** Changes whenever the content changes: a hash of what the source knows without reading all bytes, in hex. */
  identity(): string;
  /** Names a tensor's content more exactly than the whole model's identity does; read by `tensorIdentity`. */
  readonly tensorIdentity?: (name: string) => string;
  /** Closes files. Reading afterwards is an error. */
  [Symbol.dispose](): void;
}
