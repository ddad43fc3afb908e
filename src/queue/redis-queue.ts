/** Work that is done by `serveRedisQueue`, wherever that runs. */

import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Json } from "../base/canonical-json.ts";
import { connectRedis, type RedisConnection } from "./connect-redis.ts";
import { queueFaults } from "./errors.ts";
import { MOST_TRIES, QUEUE_NAME, refusalOf } from "./redis-jobs.ts";
import type { QueueWatch, WorkQueue } from "./work-queue.ts";

/** Pieces of work on the queue at a time; those beyond wait in this process. */
const MOST_AT_ONCE = 256;

/** Between two looks at what is asked; longer when much is. */
const PAUSE_MS = 100;
const PAUSE_PER_WORK_MS = 2;

/** Between two looks at who works. */
const WORKERS_EVERY_MS = 3000;

const COMMAND_MS = 10_000;

/** Answers that nobody fetched are kept for a run that is resumed. */
const KEPT = { age: 24 * 3600 };

interface Waiting {
  readonly id: string;
  readonly work: Json;
  /** Whether this process has put it there, so that a failure is not one of an earlier sitting. */
  isOurs: boolean;
  readonly answer: (answer: Json) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Opens the queue on a Redis server.
 *
 * The asker looks again and again for what it waits for. Work that is not there, whatever became of it, is put there
 * again; so the server may be stopped, or lose everything, at any time.
 *
 * @throws queue/bad_url, queue/unreachable
 */
export async function openRedisQueue(url: string, watch: QueueWatch): Promise<WorkQueue> {
  const connection = await connectRedis(url, watch, COMMAND_MS);
  const queue = new Queue(QUEUE_NAME, { connection: connection.redis });
  queue.on("error", () => {}); // Told by the connection.
  const waiting = new Map<string, Waiting>();
  const isOver = new AbortController();
  const look = createLook({ queue, connection, watch, waiting });
  let looking: Promise<void> | undefined;
  const lookOn = async (): Promise<void> => {
    while (waiting.size > 0 && !isOver.signal.aborted) {
      await look.once();
      await pause(PAUSE_MS + PAUSE_PER_WORK_MS * waiting.size, undefined, { signal: isOver.signal }).catch(() => {});
    }
    looking = undefined;
  };
  return {
    async ask(id, work, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Json>();
      const abort = (): void => reject(signal.reason);
      signal.addEventListener("abort", abort);
      waiting.set(id, { id, work, isOurs: false, answer: resolve, fail: reject });
      looking ??= lookOn();
      try {
        return await promise;
      } finally {
        waiting.delete(id);
        signal.removeEventListener("abort", abort);
      }
    },
    async [Symbol.asyncDispose]() {
      isOver.abort();
      if (connection.redis.status === "ready") await look.forget().catch(() => {});
      connection[Symbol.dispose]();
      await looking;
    },
  };
}

interface LookParts {
  readonly queue: Queue;
  readonly connection: RedisConnection;
  readonly watch: QueueWatch;
  readonly waiting: ReadonlyMap<string, Waiting>;
}

function createLook({ queue, connection, watch, waiting }: LookParts) {
  /** Answers that were handed over, and so stored by now. */
  const taken = new Set<string>();
  const refusals = new Set<string>();
  const look = { workers: -1, workersAtMs: Number.NEGATIVE_INFINITY };

  const visit = async (one: Waiting): Promise<void> => {
    const job = await queue.getJob(one.id);
    if (job === undefined) {
      await queue.add("work", one.work, jobOptions(one.id));
      one.isOurs = true;
      return;
    }
    const refusal = refusalOf(job.progress);
    if (refusal !== undefined && !refusals.has(refusal)) {
      refusals.add(refusal);
      watch.onRefusal?.(refusal);
    }
    if (job.finishedOn === undefined) return;
    if (job.failedReason === undefined) {
      taken.add(one.id);
      one.answer(job.returnvalue as Json);
    } else if (!one.isOurs) await job.remove();
    else one.fail(queueFaults.work_lost({ at: connection.at, id: one.id, reason: job.failedReason }));
  };
  const forget = async (): Promise<void> => {
    const old = [...taken];
    await Promise.all(old.map((id) => queue.remove(id)));
    for (const id of old) taken.delete(id);
  };
  const countWorkers = async (): Promise<void> => {
    if (performance.now() < look.workersAtMs + WORKERS_EVERY_MS) return;
    const count = await queue.getWorkersCount();
    look.workersAtMs = performance.now();
    if (count !== look.workers) watch.onWorkers?.(count);
    look.workers = count;
  };
  const once = async (): Promise<void> => {
    try {
      await forget();
      await Promise.all([...waiting.values()].slice(0, MOST_AT_ONCE).map(visit));
      await countWorkers();
      connection.back();
    } catch (error) {
      connection.lost(error instanceof Error ? error.message : String(error));
    }
  };
  return { once, forget };
}

function jobOptions(jobId: string) {
  const backoff = { type: "fixed", delay: 1000 } as const;
  return { jobId, attempts: MOST_TRIES, backoff, removeOnComplete: KEPT, removeOnFail: KEPT };
}
