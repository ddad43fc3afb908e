/** How the memory of a process that merges is dealt out. */

/** Memory that the process takes besides the workers' kernels: the runtime, and a little for each thread. */
export const PROCESS_BYTES = 128 * 2 ** 20;
export const THREAD_BYTES = 24 * 2 ** 20;
/** WebAssembly memories end at 4 GiB; tiles gain nothing from more than this. */
const MOST_WORKER_BYTES = 2 ** 31;

/** What a merge may take. */
export interface MemoryBudget {
  /** Target for the whole process. */
  readonly memoryBytes: number;
  readonly threads: number;
}

/** Bytes of kernel memory for each worker; not more than 0 where the budget is too small for any. */
export function workerMemory({ memoryBytes, threads }: MemoryBudget): number {
  const share = Math.floor((memoryBytes - PROCESS_BYTES) / threads) - THREAD_BYTES;
  return Math.min(share, MOST_WORKER_BYTES);
}
