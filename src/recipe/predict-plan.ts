import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import type { Plan, PlannedInput, PlannedTensor } from "./plan.ts";

/** With what a plan would be carried out. */
export interface Budget {
  readonly threads: number;
  /** Target for the whole process. */
  readonly memoryBytes: number;
}

/** What carrying out a plan takes. */
export interface Prediction {
  /** Every input read once. A tensor larger than a thread's share of memory is read once more for each pass of its method. */
  readonly bytesRead: number;
  /** Tensor data, without headers and side files. */
  readonly bytesWritten: number;
  readonly peakMemoryBytes: number;
}

/** Measured: Node with the command line loaded, and what a worker thread adds before it holds any tensor. */
const PROCESS_BYTES = 128 * 2 ** 20;
const THREAD_BYTES = 40 * 2 ** 20;

/**
 * Predicts what a plan reads, writes and holds in memory.
 *
 * @returns the memory is the budget, or less where the largest tensors that are worked on at once need less.
 */
export function predictPlan(plan: Plan, { threads, memoryBytes }: Budget): Prediction {
  const sizes = plan.tensors.map((tensor) => {
    const read = inputsOf(tensor).reduce((sum, input) => sum + storedBytes(plan, tensor, input), 0);
    return { read, written: byteLength(tensor.dtype, elementCount(tensor.shape)) };
  });
  const largest = sizes
    .map(({ read, written }) => read + written)
    .toSorted((a, b) => b - a)
    .slice(0, threads);
  const needed = PROCESS_BYTES + largest.reduce((sum, bytes) => sum + THREAD_BYTES + bytes, 0);
  return {
    bytesRead: sizes.reduce((sum, { read }) => sum + read, 0),
    bytesWritten: sizes.reduce((sum, { written }) => sum + written, 0),
    peakMemoryBytes: Math.min(memoryBytes, needed),
  };
}

function inputsOf({ work }: PlannedTensor): readonly PlannedInput[] {
  if (work.kind === "copy") return [work.from, ...work.equalTo];
  return work.base === undefined ? work.models : [work.base, ...work.models];
}

/** Of an embedding that is cut, only the rows that stay are read. */
function storedBytes({ models }: Plan, { shape }: PlannedTensor, { model, tensor }: PlannedInput): number {
  return byteLength(models[model]!.model.tensors.get(tensor)!.dtype, elementCount(shape));
}
