import type { Kernels } from "../kernels/kernels.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { readKernelModule } from "../model/kernel-module.ts";

/** Enough for pieces of three models with rows of a million entries. */
const BYTES = 48 * 2 ** 20;

/** Opens kernels for commands that read models through once. @throws model/kernels_missing */
export function openStatisticsKernels(): Kernels {
  return openWasmKernels(readKernelModule(), BYTES);
}
