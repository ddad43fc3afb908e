/**
 * A recipe as a model: nothing is written, `read` computes.
 *
 * What is read here is, byte for byte, what `mergeRecipe` writes, since both run `mergeTensor`.
 */

import { createHash } from "node:crypto";
import { canonicalJson } from "../base/canonical-json.ts";
import { invariant } from "../base/errors.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { findMethod } from "../methods/index.ts";
import type { Model, TensorInfo } from "../model/model.ts";
import type { Plan, PlannedTensor } from "../recipe/plan.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { TensorsAhead } from "./merge-ahead.ts";
import { mergeTensor } from "./merge-tensor.ts";
import { plannedIdentity } from "./planned-identity.ts";
import { keepBytes, openTensorStore, type TensorStore } from "./tensor-store.ts";
import type { Emit } from "./tensor-task.ts";

/**
 * Opens a plan as a model.
 *
 * The merged bytes of the tensor read last are kept (`openTensorStore`), so reading one piece by piece computes it once. The plan's models
 * stay the caller's and must outlive this one.
 *
 * @param kernels - or what opens them when the first tensor is read.
 * @param tileBytes - how much of the kernels' memory tiles may take.
 * @param ahead - has tensors that were merged elsewhere; closed with the model.
 */
export function openMergedModel(
  plan: Plan,
  kernels: Kernels | (() => Kernels),
  tileBytes: number,
  ahead?: TensorsAhead,
): Model {
  const planned = new Map(plan.tensors.map((tensor) => [tensor.name, tensor]));
  const tensors = new Map<string, TensorInfo>(
    plan.tensors.map(({ name, dtype, shape }) => [name, { name, dtype, shape }]),
  );
  const method = findMethod(plan.method);
  const models = plan.models.map(({ model }) => model);
  const donor = models[plan.donor];
  invariant(donor !== undefined, "the plan's donor is one of its models");
  let kept: { readonly name: string; readonly bytes: TensorStore } | undefined;

  const merge = (tensor: PlannedTensor, emit: Emit): void => {
    const bench = { kernels: typeof kernels === "function" ? kernels() : kernels, tileBytes };
    mergeTensor({ tensor, method, models, seed: plan.seed }, bench, emit);
  };
  const mergeBytes = (tensor: PlannedTensor): Uint8Array => {
    const bytes = new Uint8Array(byteLength(tensor.dtype, elementCount(tensor.shape)));
    merge(tensor, (part, start) => bytes.set(part, start));
    return bytes;
  };
  const compute = (tensor: PlannedTensor): TensorStore => {
    const merged = ahead?.take(tensor.name, mergeBytes);
    if (merged !== undefined) return keepBytes(merged);
    const store = openTensorStore(byteLength(tensor.dtype, elementCount(tensor.shape)));
    merge(tensor, (part, start) => store.write(start, part));
    return store;
  };

  return {
    name: plan.name,
    config: plan.config,
    tensors,
    filesFolder: donor.filesFolder,
    sideTexts: plan.sideTexts,
    read(name, startByte, into) {
      const tensor = planned.get(name);
      invariant(tensor !== undefined, `only tensors of the table are read (${name})`);
      if (kept?.name !== name) {
        kept?.bytes.close();
        kept = undefined;
        kept = { name, bytes: compute(tensor) };
      }
      kept.bytes.read(startByte, into);
    },
    identity: () => mergeIdentity(plan),
    tensorIdentity(name) {
      const tensor = planned.get(name);
      invariant(tensor !== undefined, `only tensors of the table are asked about (${name})`);
      return plannedIdentity(plan, method, tensor);
    },
    [Symbol.dispose]() {
      ahead?.[Symbol.dispose]();
      kept?.bytes.close();
      kept = undefined;
    },
  };
}

/** A hash of everything that decides the bytes of a merge: tensors with settings, method, seed, and the inputs' identities. */
export function mergeIdentity(plan: Plan): string {
  const facts = {
    method: plan.method,
    seed: plan.seed,
    tensors: plan.tensors,
    config: plan.config,
    inputs: plan.models.map(({ model }) => model.identity()),
  };
  return createHash("sha256").update(canonicalJson(facts)).digest("hex");
}
