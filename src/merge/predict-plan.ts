/** Foretells what carrying out a plan reads, writes and holds in memory, by the rules that the workers follow. */

import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { findMethod } from "../methods/index.ts";
import type { AnyMethod } from "../methods/method.ts";
import type { MergeWork, Plan, PlannedInput, PlannedTensor } from "../recipe/plan.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { Lanes } from "./lanes.ts";
import { assertMemory } from "./merge-recipe.ts";
import { inputsOf, SCRATCH_BYTES, streamingElements } from "./merge-tensor.ts";
import { countMerges } from "./open-source.ts";
import { MEMORY_BYTES } from "./tensor-store.ts";
import { workerMemory } from "./worker-memory.ts";

/** With what a plan would be carried out. */
export interface Budget {
  readonly threads: number;
  /** Target for the whole process. */
  readonly memoryBytes: number;
}

/** What carrying out a plan takes. */
export interface Prediction {
  /** Tensor data. A tensor larger than a thread's share of memory is read again for each pass of its method. */
  readonly bytesRead: number;
  /** Tensor data, without headers and side files. */
  readonly bytesWritten: number;
  readonly peakMemoryBytes: number;
}

/** Measured on merges that stream: the process with the command line loaded, and what each thread adds. */
const PROCESS_BYTES = 103 * 2 ** 20;
const THREAD_BYTES = 24 * 2 ** 20;
/** A method that looks at its data again and again stops early; nobody knows beforehand when. */
const MOST_PASSES = 12;

/** Foretells what a plan takes. @returns a memory within the budget. @throws merge/memory_too_small */
export function predictPlan(plan: Plan, budget: Budget): Prediction {
  assertMemory(budget);
  const method = findMethod(plan.method);
  const merges = plan.models.reduce((sum, { source }) => sum + countMerges(source), 0);
  const tileBytes = Math.floor(workerMemory(budget) / (merges + 1)) - SCRATCH_BYTES;
  const kernels = createPlainKernels(SCRATCH_BYTES + Math.min(tileBytes, largestAsSingles(plan)));
  const needs = plan.tensors.map((tensor) => needOf(plan, tensor, { method, tileBytes, kernels }));
  const threads = Math.max(1, Math.min(budget.threads, needs.length));
  const stores = threads * merges * Math.min(MEMORY_BYTES, Math.max(0, ...needs.map(({ written }) => written)));
  const needed = PROCESS_BYTES + threads * THREAD_BYTES + sumLanes(needs, threads) + stores;
  return {
    bytesRead: needs.reduce((sum, { read }) => sum + read, 0),
    bytesWritten: needs.reduce((sum, { written }) => sum + written, 0),
    peakMemoryBytes: Math.min(budget.memoryBytes, needed),
  };
}

/** What a method may hold of the largest tensor. */
function largestAsSingles({ tensors }: Plan): number {
  return tensors.reduce((most, { shape }) => Math.max(most, byteLength("F32", elementCount(shape))), 0);
}

interface Need {
  readonly read: number;
  readonly written: number;
  /** Memory for tiles while the tensor is worked on. */
  readonly held: number;
}

interface Conditions {
  readonly method: AnyMethod;
  readonly tileBytes: number;
  /** Lends the method what it takes when it begins. */
  readonly kernels: Kernels;
}

function needOf(plan: Plan, tensor: PlannedTensor, conditions: Conditions): Need {
  const once = inputsOf(tensor.work).reduce((sum, input) => sum + storedBytes(plan, tensor, input), 0);
  const written = byteLength(tensor.dtype, elementCount(tensor.shape));
  const { work } = tensor;
  const spareBytes = Math.max(0, conditions.tileBytes - once);
  const { passes, scratch } = work.kind === "merge" ? tryMethod(tensor, work, { ...conditions, spareBytes }) : NOTHING;
  if (passes > 0 && once <= conditions.tileBytes) return { read: once, written, held: once + scratch };
  const share = Math.min(
    1,
    streamingElements(tensor.shape, conditions.method) / Math.max(1, elementCount(tensor.shape)),
  );
  return { read: once * (1 + passes), written, held: once * share + scratch };
}

interface Trial {
  /** How often the method looks at the data before it writes, as far as that is known without data. */
  readonly passes: number;
  /** Memory that it takes for itself. */
  readonly scratch: number;
}

const NOTHING: Trial = { passes: 0, scratch: 0 };

function tryMethod(
  { shape }: PlannedTensor,
  work: MergeWork,
  { method, kernels, spareBytes }: Conditions & { readonly spareBytes: number },
): Trial {
  const facts = { n: elementCount(shape), shape, dtype: work.compute };
  const counts = { modelCount: work.models.length, hasBase: work.base !== undefined };
  const mark = kernels.mark();
  try {
    const randomAt = () => kernels.mersenneWords(0, 0);
    const { passes } = method.begin({ ...facts, ...counts }, work.settings, { kernels, randomAt, spareBytes });
    let count = 0;
    for (const _pass of passes) if (++count === MOST_PASSES) break;
    return { passes: count, scratch: kernels.mark() - mark };
  } catch {
    // A method may want more memory than this, or trip over data that it has not seen: it reads twice at least.
    return { passes: 1, scratch: kernels.mark() - mark };
  } finally {
    kernels.release(mark);
  }
}

/** Threads keep what their largest tensor took. */
function sumLanes(needs: readonly Need[], threads: number): number {
  const lanes = new Lanes(needs, ({ written }) => written, threads);
  const largest = Array.from({ length: threads }, (_, lane) =>
    Math.max(0, ...lanes.itemsOf(lane).map(({ held }) => held)),
  );
  return largest.reduce((sum, bytes) => sum + bytes, 0);
}

/** Of an embedding that is cut, only the rows that stay are read. */
function storedBytes({ models }: Plan, { shape }: PlannedTensor, { model, tensor }: PlannedInput): number {
  return byteLength(models[model]!.model.tensors.get(tensor)!.dtype, elementCount(shape));
}
