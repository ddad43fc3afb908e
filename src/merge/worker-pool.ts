import { Piscina } from "piscina";
import { CodedError } from "../base/errors.ts";
import { machineErrors } from "./errors.ts";
import { Lanes } from "./lanes.ts";
import type { TensorOutcome, WorkerCall, WorkerOutcome, WorkerSetup, WorkerTask } from "./merge-worker.ts";

/** Threads that carry out one merge. */
export interface MergeThreads {
  readonly pool: Piscina;
  readonly count: number;
  /** Ends the threads, whatever they do. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts threads, which load their code meanwhile: a caller may plan the merge before it hands them over. */
export function startMergeThreads(count: number): MergeThreads {
  const pool = new Piscina({
    filename: new URL("./merge-worker.ts", import.meta.url).href,
    minThreads: count,
    maxThreads: count,
    concurrentTasksPerWorker: 1,
  });
  return { pool, count, [Symbol.asyncDispose]: () => pool.destroy() };
}

/** Work for a pool of merge workers. */
export interface PoolRun {
  readonly setup: WorkerSetup;
  /** In the order of their places in files and random streams: each thread gets a stretch of it. */
  readonly tasks: readonly WorkerTask[];
  /** How much work a task is, in any unit. */
  readonly sizeOf: (task: WorkerTask) => number;
  /** Ended with the run. */
  readonly threads: MergeThreads;
  readonly signal: AbortSignal | undefined;
  /** Makes the error that an abort is reported as. */
  readonly interrupted: () => CodedError;
  /** Called on this thread after each task, in the order they end. */
  readonly onDone: (task: WorkerTask, outcome: TensorOutcome) => void;
}

/**
 * Runs all tasks on worker threads.
 *
 * After the first failure or an abort no further result is reported, and the threads are ended before it is thrown.
 *
 * @throws what a task raised, merge/worker_died, or `interrupted()`.
 */
export async function runPool({ setup, tasks, sizeOf, threads, signal, interrupted, onDone }: PoolRun): Promise<void> {
  await using workers = threads;
  if (signal?.aborted) throw interrupted();
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal?.addEventListener("abort", abort);
  const lanes = new Lanes(tasks, sizeOf, workers.count);
  const runLane = async (lane: number): Promise<void> => {
    for (let task = lanes.next(lane); task !== undefined && !stop.signal.aborted; task = lanes.next(lane)) {
      const call: WorkerCall = { setup, task };
      const outcome = (await workers.pool.run(call, { name: "mergeInWorker", signal: stop.signal })) as WorkerOutcome;
      if (stop.signal.aborted) return;
      if ("error" in outcome) throw new CodedError(outcome.error);
      onDone(task, outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers.count }, (_, lane) => runLane(lane)));
  } catch (error) {
    if (signal?.aborted) throw interrupted();
    if (error instanceof CodedError) throw error;
    throw machineErrors.worker_died({ message: error instanceof Error ? error.message : String(error) }, error);
  } finally {
    signal?.removeEventListener("abort", abort);
    abort();
  }
}
