/** Compiles src/kernels/assembly to src/kernels/kernels.wasm, or to the path that is given. */

import { execFile } from "node:child_process";
import { join, relative } from "node:path";
import { argv, execPath } from "node:process";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..");

/**
 * Builds the kernels; the same sources give the same bytes.
 *
 * @param outFile - overwritten.
 * @throws Error with the compiler's messages.
 */
export async function buildKernels(outFile: string): Promise<void> {
  // As a program, not as a module: the compiler's type declarations replace the console's.
  await promisify(execFile)(execPath, [
    join(ROOT, "node_modules/assemblyscript/bin/asc.js"),
    "src/kernels/assembly/index.ts",
    ...["--baseDir", ROOT],
    ...["--outFile", relative(ROOT, outFile)],
    ...["--runtime", "stub", "--noAssert", "--importMemory", "--enable", "simd", "--enable", "relaxed-simd"],
    ...["-O3", "--converge"],
  ]);
}

if (import.meta.main) await buildKernels(argv[2] ?? join(ROOT, "src/kernels/kernels.wasm"));
