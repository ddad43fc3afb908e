import { createHash } from "node:crypto";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Plan } from "../recipe/plan.ts";
import { inputsOf } from "./merge-tensor.ts";

/** Hashes of the bytes that one tensor's merge read and wrote. */
export interface TensorHashes {
  /** One for each input, base first, as `inputsOf` lists them; hex. */
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Hashes of everything a merge read and wrote. */
export interface ContentHashes {
  /** For each of `Plan.models`. */
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * Folds the hashes of single tensors into one for each model and one for the result.
 *
 * Tensors are taken in the order of their names, so neither threads nor shards change the outcome.
 *
 * @param tensorHashes - by output tensor name, for every tensor of the plan.
 */
export function foldHashes(plan: Plan, tensorHashes: ReadonlyMap<string, TensorHashes>): ContentHashes {
  const read = plan.models.map(() => new Map<string, string>());
  const written = new Map<string, string>();
  for (const tensor of plan.tensors) {
    const hashes = tensorHashes.get(tensor.name)!;
    written.set(tensor.name, canonicalJson([tensor.dtype, tensor.shape, hashes.output]));
    for (const [i, { model, tensor: name }] of inputsOf(tensor.work).entries())
      read[model]!.set(name, hashes.inputs[i]!);
  }
  return { inputs: read.map(fold), output: fold(written) };
}

function fold(hashes: ReadonlyMap<string, string>): string {
  const sorted = [...hashes].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHash("sha256").update(canonicalJson(sorted)).digest("hex");
}
