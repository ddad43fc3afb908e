/** Opens models of plans again: folders and the like, models with aligned vocabularies, and merges that are not on disk. */

import { invariant } from "../base/errors.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { openGatheredModel } from "../model/gathered-model.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import { openAdapterModel } from "../model/lora/adapter-model.ts";
import type { Model } from "../model/model.ts";
import { type ModelPlace, reopenModel, resolveModel } from "../model/open-model.ts";
import type { MergeSource, Plan, PlannedModel, PlannedSource } from "../recipe/plan.ts";
import { SCRATCH_BYTES } from "./merge-tensor.ts";
import { openMergedModel } from "./merged-model.ts";

/** Kernel memory of a merge in memory, where nothing else is said. */
const KERNEL_BYTES = 96 * 2 ** 20;
/** Less than this leaves too little for tiles. */
const LEAST_KERNEL_BYTES = 2 * SCRATCH_BYTES;

/**
 * Opens a model of a plan again, in another thread.
 *
 * @param kernelBytes - memory for each merge among its sources; taken when the first of its tensors is read.
 */
export function openSource(source: PlannedSource, kernelBytes: number = KERNEL_BYTES): Model {
  if (source.kind === "merge") return openMerge(source, kernelBytes);
  if (source.kind !== "gathered") return reopenModel(source);
  const models = source.models.map((each) => openSource(each, kernelBytes));
  return openGatheredModel({ own: models[source.own]!, models, tensors: source.tensors, key: source.key });
}

function openMerge({ plan, adapters = [] }: MergeSource, kernelBytes: number): Model {
  const models = plan.models.map((source) => ({ model: openSource(source, kernelBytes), source }));
  const merged = openLazily({ ...plan, models }, kernelBytes);
  return adapters.reduce((base, folder) => openAdapterModel(base, folder, base.name), merged);
}

/** Opens the result of a plan as a model of another one; nothing is computed before its first tensor is read. */
export function openVirtualMerge(plan: Plan): PlannedModel {
  const source: MergeSource = { kind: "merge", plan: { ...plan, models: plan.models.map((model) => model.source) } };
  return { model: openLazily(plan, KERNEL_BYTES), source };
}

/**
 * Adds LoRA adapters to a virtual merge, or to the folder that it was written to.
 *
 * @param adapters - references to their folders, as `resolveModel` takes them.
 * @param place - where these are looked up.
 * @throws as `resolveModel` and `openAdapterModel`
 */
export function addAdapters(
  { model, source }: PlannedModel,
  adapters: readonly string[],
  place: ModelPlace = {},
): PlannedModel {
  invariant(source.kind !== "gathered", "vocabularies are aligned after adapters are in");
  const folders = adapters.map((adapter) => resolveModel(adapter, place).path);
  const named = adapters.reduce((base, adapter, i) => {
    return openAdapterModel(base, folders[i]!, `${base.name}+${adapter}`);
  }, model);
  return { model: named, source: { ...source, adapters: [...(source.adapters ?? []), ...folders] } };
}

function openLazily(plan: Plan, kernelBytes: number): Model {
  const bytes = Math.max(LEAST_KERNEL_BYTES, kernelBytes);
  let kernels: Kernels | undefined;
  const open = (): Kernels => {
    kernels ??= openWasmKernels(readKernelModule(), bytes);
    return kernels;
  };
  return openMergedModel(plan, open, bytes - SCRATCH_BYTES);
}

/** How many merges are computed while a model is read. */
export function countMerges(source: PlannedSource): number {
  if (source.kind === "merge") return 1 + sumMerges(source.plan.models);
  return source.kind === "gathered" ? sumMerges(source.models) : 0;
}

function sumMerges(sources: readonly PlannedSource[]): number {
  return sources.reduce((sum, source) => sum + countMerges(source), 0);
}

/** The files and folders that a model of a plan is read from. */
export function pathsOf(source: PlannedSource): readonly string[] {
  if (source.kind === "merge") return [...source.plan.models.flatMap(pathsOf), ...(source.adapters ?? [])];
  if (source.kind === "gathered") return source.models.flatMap(pathsOf);
  return [source.path, ...(source.adapters ?? [])];
}
