/**
 * Feeds damaged checkpoints of torch to the parser: `node scripts/fuzz-torch.ts SEED COUNT`.
 *
 * Each file is either refused with a coded error, or its tensors lie in the file and can be read in part. Anything else
 * is a finding: it is thrown with the seed and the number that repeat it.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "../src/base/errors.ts";
import type { Random } from "../src/base/philox.ts";
import { createMemorySource } from "../src/format/byte-source.ts";
import { parseTorchFile } from "../src/format/pickle/torch-file.ts";
import { byteLength } from "../src/tensor/dtype.ts";
import { elementCount } from "../src/tensor/shape.ts";
import { createDamagedTorch } from "../test/fuzz/damaged-torch.ts";
import { type FuzzOutcome, fuzzFiles } from "../test/fuzz/fuzz-files.ts";

const FOLDER = join(import.meta.dirname, "../test/golden/data/torch");
const WHOLE = ["protocol4", "legacy_views", "training", "views", "legacy_parameters", "parameters"].map((name) =>
  Uint8Array.from(readFileSync(join(FOLDER, `${name}.pt`))),
);

/** Elements that are read of a tensor at its start and its end. */
const SAMPLE_BYTES = 16;

function accept(file: Uint8Array): void {
  const source = createMemorySource(file, "fuzz");
  const read = (offset: number, into: Uint8Array): void => source.read(offset, into);
  for (const { name, dtype, shape, beginByte, endByte, encoding } of parseTorchFile(source, "fuzz")) {
    invariant(beginByte >= 0 && beginByte <= endByte && endByte <= file.length, `"${name}" lies in the file`);
    const sizeBytes = byteLength(dtype, elementCount(shape));
    const into = new Uint8Array(Math.min(SAMPLE_BYTES, sizeBytes));
    if (encoding === undefined) invariant(endByte - beginByte === sizeBytes, `"${name}" is as long as it says`);
    for (const start of [0, sizeBytes - into.length]) encoding?.decode(read, start, into);
  }
}

/** Runs the fuzz; equal arguments give equal files. @throws Error for a finding */
export function fuzzTorch(seed: number, count: number): FuzzOutcome {
  const create = (random: Random): Uint8Array => createDamagedTorch(WHOLE[random.nextBelow(WHOLE.length)]!, random);
  return fuzzFiles({ create, accept }, seed, count);
}

if (import.meta.main) {
  const [seed = 1, count = 10_000] = process.argv.slice(2).map(Number);
  process.stdout.write(`${JSON.stringify(fuzzTorch(seed, count), null, 2)}\n`);
}
