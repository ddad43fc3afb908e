import { setFlagsFromString } from "node:v8";

/** The V8 that the kernels' tests run on, by its own version: what follows is the packager's. */
const TESTED_V8 = "13.6.233";

/** What a process runs on, as `process.versions` and `process` say it. */
export interface Runtime {
  readonly v8: string;
  readonly arch: string;
}

/**
 * Lets V8 make one vector of 32 bytes of two of 16 when it compiles WebAssembly, which nearly doubles the kernels' speed
 * on processors with AVX2. Holds for the whole process and for what is compiled afterwards.
 *
 * V8 calls this an experiment, so it is done only for the version with which every kernel is compared with its twin; see
 * docs/decisions/0021-wide-vectors.md.
 *
 * @returns whether it was done.
 */
export function allowWideVectors({ v8, arch }: Runtime): boolean {
  if (arch !== "x64" || !v8.startsWith(`${TESTED_V8}.`)) return false;
  setFlagsFromString("--experimental-wasm-revectorize");
  return true;
}
