/**
 * Feeds damaged safetensors headers to the parser: `node scripts/fuzz-safetensors.ts SEED COUNT`.
 *
 * Each file is either refused with a coded error, or its tensors fill the file without overlap or hole. Anything else is
 * a finding: it is thrown with the seed and the number that repeat it.
 */

import { CodedError, invariant } from "../src/base/errors.ts";
import { createRandom } from "../src/base/philox.ts";
import { createMemorySource } from "../src/format/byte-source.ts";
import { parseSafetensorsHeader } from "../src/format/safetensors.ts";
import { byteLength } from "../src/tensor/dtype.ts";
import { elementCount } from "../src/tensor/shape.ts";
import { createDamagedSafetensors } from "../test/fuzz/damaged-safetensors.ts";

/** How many files were accepted, and how many refused, by code. */
export type FuzzOutcome = Readonly<Record<string, number>>;

/** Runs the fuzz; equal arguments give equal files. @throws Error for a finding */
export function fuzzSafetensors(seed: number, count: number): FuzzOutcome {
  const outcome: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const random = createRandom({ seed, counter: i * 2 ** 20 });
    try {
      const what = tryFile(createDamagedSafetensors(random));
      outcome[what] = (outcome[what] ?? 0) + 1;
    } catch (cause) {
      throw new Error(`finding: seed ${seed}, file ${i}`, { cause });
    }
  }
  return outcome;
}

function tryFile(file: Uint8Array): string {
  try {
    const { tensors, dataByte } = parseSafetensorsHeader(createMemorySource(file, "fuzz"), "fuzz");
    let endByte = dataByte;
    for (const tensor of tensors.toSorted((a, b) => a.beginByte - b.beginByte || a.endByte - b.endByte)) {
      invariant(tensor.beginByte === endByte, `"${tensor.name}" follows the tensor before`);
      endByte += byteLength(tensor.dtype, elementCount(tensor.shape));
      invariant(tensor.endByte === endByte, `"${tensor.name}" is as long as it says`);
    }
    invariant(endByte === file.length, "tensors fill the file");
    return "accepted";
  } catch (error) {
    if (error instanceof CodedError && error.blame === "input") return error.code;
    throw error;
  }
}

if (import.meta.main) {
  const [seed = 1, count = 10_000] = process.argv.slice(2).map(Number);
  process.stdout.write(`${JSON.stringify(fuzzSafetensors(seed, count), null, 2)}\n`);
}
