import { CodedError } from "../base/errors.ts";
import { machineErrors } from "./errors.ts";
import { Lanes } from "./lanes.ts";
import { MergeThread } from "./merge-thread.ts";
import type { TensorOutcome, WorkerSetup, WorkerTask } from "./merge-worker.ts";

/** Threads that carry out one merge. */
export interface MergeThreads extends AsyncDisposable {
  readonly threads: readonly MergeThread[];
  /** Ends the threads, whatever they do. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts threads, which load their code meanwhile: a caller may plan the merge before it hands them over.
 *
 * @param kernelBytes - the kernel memory that each will probably have, which is then taken meanwhile too; 0 if nobody knows.
 */
export function startMergeThreads(count: number, kernelBytes = 0): MergeThreads {
  const threads = Array.from({ length: count }, () => new MergeThread(kernelBytes));
  return {
    threads,
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
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
  /** Called once, when the threads have work; or have none, since the run was interrupted before. */
  readonly onStarted?: () => void;
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
export async function runPool(run: PoolRun): Promise<void> {
  const { signal, interrupted, onStarted } = run;
  await using workers = run.threads;
  if (signal?.aborted) {
    onStarted?.();
    throw interrupted();
  }
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
    for (const thread of workers.threads) void thread.end();
  };
  signal?.addEventListener("abort", abort);
  try {
    const lanes = startLanes(run, stop.signal);
    const beside = async (): Promise<void> => onStarted?.();
    await Promise.all([...lanes, beside()]);
  } catch (error) {
    if (signal?.aborted) throw interrupted();
    if (error instanceof CodedError) throw error;
    throw machineErrors.worker_died({ message: error instanceof Error ? error.message : String(error) }, error);
  } finally {
    signal?.removeEventListener("abort", abort);
    abort();
  }
}

/**
 * Tasks that a thread has at hand beside the one it does, so that it need not wait for this thread, which first has other
 * things to do and later may share a processor with it.
 */
const TASKS_AHEAD = 3;

/** Sends every thread its first tasks. */
function startLanes(
  { setup, tasks, sizeOf, threads: { threads }, onDone }: PoolRun,
  stop: AbortSignal,
): Promise<void>[] {
  const lanes = new Lanes(tasks, sizeOf, threads.length);
  const runLane = async (thread: MergeThread, next: () => WorkerTask | undefined): Promise<void> => {
    for (let task = next(); task !== undefined && !stop.aborted; task = next()) {
      const outcome = await thread.run(task);
      if (stop.aborted) return;
      if ("error" in outcome) throw new CodedError(outcome.error);
      onDone(task, outcome);
    }
  };
  for (const thread of threads) thread.open(setup);
  return [
    ...threads.map((thread, lane) => runLane(thread, () => lanes.next(lane))),
    ...Array.from({ length: TASKS_AHEAD }, () =>
      threads.map((thread, lane) => runLane(thread, () => lanes.nextAhead(lane, TASKS_AHEAD))),
    ).flat(),
  ];
}
