/** ONNX Runtime, loaded when it is first needed: whoever only merges can do without it. */

import type { Tensor } from "onnxruntime-node";
import { engineMachineErrors } from "./errors.ts";

/** The package. */
export type Runtime = typeof import("onnxruntime-node");

/** Inputs or outputs of a run, by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

let loaded: Promise<Runtime> | undefined;

/**
 * Loads the package, once per thread.
 *
 * @throws engine/runtime_missing
 */
export function loadRuntime(): Promise<Runtime> {
  loaded ??= importRuntime(() => import("onnxruntime-node"));
  return loaded;
}

/** Imports the package and silences its log: its errors are thrown as well. @throws engine/runtime_missing */
export async function importRuntime(load: () => Promise<Runtime>): Promise<Runtime> {
  try {
    const runtime = await load();
    runtime.env.logLevel = "fatal";
    return runtime;
  } catch (cause) {
    throw engineMachineErrors.runtime_missing({ why: (cause as Error).message }, cause);
  }
}
