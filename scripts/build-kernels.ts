/** Compiles src/kernels/assembly to src/kernels/kernels.wasm, or to the path that is given. */

import { join, relative } from "node:path";
import { argv } from "node:process";
import { main } from "assemblyscript/asc";

const ROOT = join(import.meta.dirname, "..");

/**
 * Builds the kernels; the same sources give the same bytes.
 *
 * @param outFile - overwritten.
 * @throws Error with the compiler's messages.
 */
export async function buildKernels(outFile: string): Promise<void> {
  const { error, stderr } = await main([
    "src/kernels/assembly/index.ts",
    ...["--baseDir", ROOT],
    ...["--outFile", relative(ROOT, outFile)],
    ...["--runtime", "stub", "--noAssert", "--importMemory", "--enable", "simd"],
    ...["-O3", "--converge"],
  ]);
  if (error !== null) throw new Error(`the kernels do not compile:\n${stderr.toString()}`, { cause: error });
}

if (import.meta.main) await buildKernels(argv[2] ?? join(ROOT, "src/kernels/kernels.wasm"));
