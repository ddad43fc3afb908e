import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { modelMachineErrors } from "./errors.ts";
import { allowWideVectors } from "./wide-vectors.ts";

const PATH = fileURLToPath(new URL("../kernels/kernels.wasm", import.meta.url));

let cached: WebAssembly.Module | undefined;

/**
 * Reads and compiles the WebAssembly kernels; the kernels' own folder does no I/O.
 *
 * @returns the same module for every call of a thread. It may be sent to other threads.
 * @throws model/kernels_missing
 */
export function readKernelModule(): WebAssembly.Module {
  if (cached === undefined) {
    if (process.env["MERGANSER_WIDE_VECTORS"] !== "off")
      allowWideVectors({ v8: process.versions.v8, arch: process.arch });
    cached = compileKernels(PATH);
  }
  return cached;
}

/** Compiles a WebAssembly file. @throws model/kernels_missing */
export function compileKernels(path: string): WebAssembly.Module {
  try {
    return new WebAssembly.Module(readFileSync(path));
  } catch (cause) {
    throw modelMachineErrors.kernels_missing({ file: path, why: (cause as Error).message }, cause);
  }
}
