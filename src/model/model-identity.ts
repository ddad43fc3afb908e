import { createHash, type Hash } from "node:crypto";
import { basename } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import type { ModelConfig } from "./model.ts";
import { readModelBytes } from "./model-file.ts";
import type { FiledTensor, WeightFile } from "./weight-table.ts";

/** Models up to this size are hashed whole, which takes a tenth of a second. */
const WHOLE_BYTES = 64 * 2 ** 20;

/** Of larger ones, this much is hashed at the start, in the middle and at the end of every tensor. */
const SAMPLE_BYTES = 1024;

const CHUNK_BYTES = 2 ** 20;

/** Files beside the weights that change what a model says. */
const SIDE_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json"];

/** What a hash is made of. */
export interface IdentityInput {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly files: readonly WeightFile[];
  readonly stored: readonly FiledTensor[];
  /** Reads bytes of a file, by its index in `files`. */
  readonly read: (file: number, offset: number, into: Uint8Array) => void;
}

/**
 * Hashes a checkpoint: config, tokenizer files, names, sizes and headers of the weight files, and their data.
 *
 * Fine-tunes of one base have equal headers and often equal configs, so data must count. Small models are read whole,
 * large ones in samples of every tensor, which training changes everywhere; an edit of a few elements by hand can escape.
 *
 * @returns sha256 in hex; the same wherever the folder lies.
 * @complexity at most 64 MiB, or 3 KiB a tensor, is read.
 */
export function hashModel({ folder, config, files, stored, read }: IdentityInput): string {
  const hash = createHash("sha256");
  const heads = files.map(({ path, sizeBytes, tensors }) => [basename(path), sizeBytes, tensors.map(describe)]);
  hash.update(canonicalJson([config, heads]));
  for (const name of SIDE_FILES) {
    const bytes = readModelBytes(folder, name);
    hash.update(canonicalJson([name, bytes?.length ?? null])).update(bytes ?? "");
  }
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  for (const { file, beginByte, endByte } of stored) {
    const update = (from: number, to: number): void => hashRange(hash, from, to, (at, into) => read(file, at, into));
    if (totalBytes <= WHOLE_BYTES || endByte - beginByte <= 3 * SAMPLE_BYTES) update(beginByte, endByte);
    else {
      const middle = Math.floor((beginByte + endByte - SAMPLE_BYTES) / 2);
      for (const from of [beginByte, middle, endByte - SAMPLE_BYTES]) update(from, from + SAMPLE_BYTES);
    }
  }
  return hash.digest("hex");
}

/** What a hash takes of a file's tensor: all but the code that decodes it, whose name stands for it. */
function describe({ encoding, file: _file, ...stored }: FiledTensor): unknown {
  return encoding === undefined ? stored : { ...stored, encoding: encoding.kind };
}

function hashRange(hash: Hash, from: number, to: number, read: (at: number, into: Uint8Array) => void): void {
  for (let at = from; at < to; at += CHUNK_BYTES) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, to - at));
    read(at, bytes);
    hash.update(bytes);
  }
}
