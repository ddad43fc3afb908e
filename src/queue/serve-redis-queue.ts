/** The side that does the work of a queue on Redis. */

import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { DelayedError, type Job, Worker } from "bullmq";
import { connectRedis } from "./connect-redis.ts";
import { MOST_TRIES, QUEUE_NAME, refusalProgress } from "./redis-jobs.ts";
import type { DoWork, QueueWatch } from "./work-queue.ts";

/** How a worker serves. */
export interface Service {
  readonly url: string;
  /** What others see as the worker's name. */
  readonly name: string;
  readonly doWork: DoWork;
  readonly watch: QueueWatch;
  /** Ends the service; work that was begun is given back. */
  readonly signal: AbortSignal;
  /** Ends it when there was no work for so long. @default never */
  readonly idleMs?: number;
  /** How long others wait for a worker that does not renew its lock. @default 3 seconds */
  readonly lockMs?: number;
}

/** Work that ended as many workers without an answer is given up; a killed worker here and there is no reason to. */
const MOST_LOST_WORKERS = 25;

/** How long work that this worker refused is left to others. */
const REFUSED_MS = 3000;

/** Whoever stops does not wait longer for a server that may be gone. */
const GOODBYE_MS = 2000;

/**
 * Takes work from the queue, one piece at a time, until the signal is aborted or there was no work for long.
 *
 * @throws queue/bad_url, queue/unreachable
 */
export async function serveRedisQueue(service: Service): Promise<void> {
  const { url, name, watch, lockMs = 3000 } = service;
  using connection = await connectRedis(url, watch);
  const stop = new AbortController();
  const signal = AbortSignal.any([service.signal, stop.signal]);
  const rest = { busy: 0, sinceMs: performance.now() };
  const worker = new Worker(
    QUEUE_NAME,
    async (job, token, lost) => {
      rest.busy++;
      try {
        return await process(service, job, token!, lost === undefined ? signal : AbortSignal.any([signal, lost]));
      } finally {
        rest.busy--;
        rest.sinceMs = performance.now();
      }
    },
    {
      connection: connection.redis,
      ...{ name, concurrency: 1, lockDuration: lockMs, stalledInterval: lockMs / 2, drainDelay: 1 },
      maxStalledCount: MOST_LOST_WORKERS,
    },
  );
  worker.on("error", () => {}); // Told by the connection; work whose lock was lost is another's.
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) worker.cancelJob(id);
  });
  const idle = setInterval(() => {
    if (connection.redis.status !== "ready") rest.sinceMs = performance.now();
    const isIdle = rest.busy === 0 && performance.now() - rest.sinceMs >= (service.idleMs ?? Number.POSITIVE_INFINITY);
    if (isIdle) stop.abort();
  }, 100);
  watch.onReady?.(connection.at);
  if (!signal.aborted) await once(signal, "abort");
  clearInterval(idle);
  await Promise.race([worker.close(), pause(GOODBYE_MS)]).catch(() => {});
  await Promise.race([worker.close(true), pause(GOODBYE_MS)]).catch(() => {});
}

/** @throws DelayedError after the work was given back, and what makes BullMQ try it again */
async function process({ doWork }: Service, job: Job, token: string, signal: AbortSignal): Promise<unknown> {
  const isLast = job.attemptsMade + 1 >= MOST_TRIES;
  try {
    const outcome = await doWork(job.data, isLast, signal);
    if (outcome.kind === "answer") return outcome.answer;
    if (outcome.kind === "again") throw new Error(outcome.reason);
    await job.updateProgress(refusalProgress(outcome.reason));
    return await giveBack(job, token, REFUSED_MS);
  } catch (error) {
    if (signal.aborted) return await giveBack(job, token, 0);
    throw error;
  }
}

async function giveBack(job: Job, token: string, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}
