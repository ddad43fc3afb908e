/**
 * Feeds damaged GGUF files to the reader: `node scripts/fuzz-gguf.ts SEED COUNT`.
 *
 * Each file is either refused with a coded error, or its tensors lie in the file and can be read in part. Anything else
 * is a finding: it is thrown with the seed and the number that repeat it.
 */

import { invariant } from "../src/base/errors.ts";
import type { Random } from "../src/base/philox.ts";
import { createMemorySource } from "../src/format/byte-source.ts";
import { readGguf } from "../src/model/gguf/read-gguf.ts";
import { byteLength } from "../src/tensor/dtype.ts";
import { elementCount } from "../src/tensor/shape.ts";
import { damageBytes } from "../test/fuzz/damage-bytes.ts";
import { type FuzzOutcome, fuzzFiles } from "../test/fuzz/fuzz-files.ts";
import { formatGguf, type GgufContent } from "../test/gguf-file.ts";

const tensor = (name: string, shape: readonly number[], type: number, sizeBytes: number): GgufContent => {
  return { name, shape, type, bytes: new Uint8Array(sizeBytes).fill(1) };
};

const WHOLE = Uint8Array.from(
  formatGguf(
    {
      "general.architecture": [8, "llama"],
      "llama.block_count": [4, 1],
      "llama.context_length": [4, 64],
      "llama.embedding_length": [4, 32],
      "llama.feed_forward_length": [10, 32],
      "llama.attention.head_count": [9, [4, [2]]],
      "llama.attention.layer_norm_rms_epsilon": [6, 1e-6],
      "tokenizer.ggml.model": [8, "gpt2"],
      "tokenizer.ggml.pre": [8, "gpt-2"],
      "tokenizer.ggml.tokens": [9, [8, ["a", "b", "ab", "<s>"]]],
      "tokenizer.ggml.token_type": [9, [5, [1, 1, 1, 3]]],
      "tokenizer.ggml.merges": [9, [8, ["a b"]]],
      "tokenizer.ggml.bos_token_id": [4, 3],
    },
    [
      tensor("token_embd.weight", [4, 32], 0, 512),
      tensor("blk.0.attn_q.weight", [32, 32], 8, 1088),
      tensor("blk.0.attn_k.weight", [32, 32], 1, 2048),
      tensor("blk.0.ffn_up.weight", [1, 256], 12, 144),
      tensor("blk.0.attn_norm.weight", [32], 0, 128),
    ],
  ),
);

/** Bytes that are read of a tensor at its start and its end. */
const SAMPLE_BYTES = 16;

function create(random: Random): Uint8Array {
  let file = WHOLE;
  for (let n = 1 + random.nextBelow(3); n > 0; n--) file = damageBytes(file, random);
  return file;
}

function accept(file: Uint8Array): void {
  const source = createMemorySource(file, "fuzz");
  const read = (offset: number, into: Uint8Array): void => source.read(offset, into);
  const { tensors, texts } = readGguf(source, "fuzz");
  for (const text of texts.values()) JSON.parse(text);
  for (const { name, dtype, shape, beginByte, endByte, encoding } of tensors) {
    invariant(beginByte >= 0 && beginByte <= endByte && endByte <= file.length, `"${name}" lies in the file`);
    const sizeBytes = byteLength(dtype, elementCount(shape));
    const into = new Uint8Array(Math.min(SAMPLE_BYTES, sizeBytes));
    if (encoding === undefined) invariant(endByte - beginByte === sizeBytes, `"${name}" is as long as it says`);
    for (const start of [0, sizeBytes - into.length]) encoding?.decode(read, start, into);
  }
}

/** Runs the fuzz; equal arguments give equal files. @throws Error for a finding */
export function fuzzGguf(seed: number, count: number): FuzzOutcome {
  return fuzzFiles({ create, accept }, seed, count);
}

if (import.meta.main) {
  const [seed = 1, count = 10_000] = process.argv.slice(2).map(Number);
  process.stdout.write(`${JSON.stringify(fuzzGguf(seed, count), null, 2)}\n`);
}
