/** Takes evaluations from a queue and does them on a thread, so that reading a large model does not stop the lock's renewal. */

import { Piscina } from "piscina";
import { serveRedisQueue } from "../queue/serve-redis-queue.ts";
import type { DoWork, WorkOutcome } from "../queue/work-queue.ts";
import type { CliIo } from "./cli-io.ts";
import type { ThreadOutcome, ThreadSetup } from "./evaluation-thread.ts";

/** How a worker is run. */
export interface WorkerRun {
  readonly url: string;
  readonly name: string;
  readonly setup: ThreadSetup;
  /** Undefined to stay until stopped. */
  readonly idleMs: number | undefined;
  readonly io: CliIo;
}

/** What a worker has done. */
export interface WorkerTally {
  readonly evaluated: number;
  /** Of them, those of candidates that cannot be merged or run. */
  readonly failed: number;
}

/** In a pipe, one line for this many evaluations is enough. */
const PIPE_EVERY = 20;

/**
 * Serves a queue until the program is stopped, or nothing came for long. Being stopped is how a worker ends, and no error.
 *
 * @throws queue/bad_url, queue/unreachable
 */
export async function serveEvaluations({ url, name, setup, idleMs, io }: WorkerRun): Promise<WorkerTally> {
  const tally = { evaluated: 0, failed: 0 };
  const refusals = new Set<string>();
  const pool = new Piscina({
    filename: new URL("./evaluation-thread.ts", import.meta.url).href,
    workerData: setup,
    ...{ minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 1 },
  });
  const doWork: DoWork = async (work, isLast, signal) => {
    const outcome = toWorkOutcome(
      (await pool.run(work, { name: "evaluateInThread", signal })) as ThreadOutcome,
      isLast,
    );
    if (outcome.kind === "refusal") {
      if (!refusals.has(outcome.reason)) io.note(`cannot take part in a search: ${outcome.reason}`);
      refusals.add(outcome.reason);
      return { kind: "refusal", reason: `${name}: ${outcome.reason}` };
    }
    if (outcome.kind === "again") io.note(`an evaluation failed, and will be tried again: ${outcome.reason}`);
    else showTally(tally, outcome, io);
    return outcome;
  };
  try {
    await serveRedisQueue({
      ...{ url, name, doWork, signal: io.signal },
      ...(idleMs === undefined ? {} : { idleMs }),
      watch: {
        onReady: (at) => io.note(`taking evaluations from ${at}; Ctrl-C ends it`),
        onLost: (at, reason) => io.note(`${at}: the queue is gone (${reason}); waiting, and going on when it is back`),
        onBack: (at) => io.note(`${at}: the queue is back`),
      },
    });
    io.redraw?.("");
    return tally;
  } finally {
    await pool.destroy();
  }
}

function toWorkOutcome(outcome: ThreadOutcome, isLast: boolean): WorkOutcome {
  if ("refusal" in outcome) return { kind: "refusal", reason: outcome.refusal };
  if ("failure" in outcome && outcome.failure.blame === "environment" && !isLast)
    return { kind: "again", reason: outcome.failure.message };
  return { kind: "answer", answer: outcome as Extract<WorkOutcome, { kind: "answer" }>["answer"] };
}

function showTally(tally: { evaluated: number; failed: number }, outcome: WorkOutcome, io: CliIo): void {
  tally.evaluated++;
  if (outcome.kind === "answer" && "failure" in (outcome.answer as object)) tally.failed++;
  const line = `${tally.evaluated} evaluations, ${tally.failed} failed`;
  if (io.redraw !== undefined) io.redraw(line);
  else if (tally.evaluated % PIPE_EVERY === 0) io.note(line);
}
