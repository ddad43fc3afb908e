/** Has a search's candidates evaluated by workers, over a queue. */

import { randomUUID } from "node:crypto";
import { z } from "zod";
import { openRedisQueue } from "../queue/redis-queue.ts";
import type { EventStore } from "../search/event-store.ts";
import { readSpreadAnswer, spreadEvaluation } from "../search/spread-evaluation.ts";
import type { EvaluateRecipe } from "../search/task-evaluation.ts";
import type { CliIo } from "./cli-io.ts";
import type { EvaluationSetup } from "./evaluation-setup.ts";
import { VERSION } from "./version.ts";

/** Where candidates are evaluated. */
export interface EvaluationPlace extends AsyncDisposable {
  readonly evaluateRecipe: EvaluateRecipe;
  /** Whether it may be asked again before it has answered. */
  readonly isSpread: boolean;
  /** Aborted when nothing can be evaluated there any more, with the reason. */
  readonly broken: AbortSignal;
}

/** Evaluates in this process. The caller keeps what evaluates. */
export function placeHere(evaluateRecipe: EvaluateRecipe): EvaluationPlace {
  const broken = new AbortController().signal;
  return { evaluateRecipe, isSpread: false, broken, [Symbol.asyncDispose]: async () => {} };
}

/**
 * Opens the queue at a URL for a run's evaluations.
 *
 * @throws queue/bad_url, queue/unreachable
 */
export async function placeOnQueue(
  url: string,
  { store, setup }: { readonly store: EventStore; readonly setup: EvaluationSetup },
  io: CliIo,
): Promise<EvaluationPlace> {
  const queue = await openRedisQueue(url, {
    onLost: (at, reason) => io.note(`${at}: the queue is gone (${reason}); waiting, and going on when it is back`),
    onBack: (at) => io.note(`${at}: the queue is back`),
    onWorkers: (count) => io.note(describeWorkers(count)),
    onRefusal: (reason) => io.note(`a worker cannot take part: ${reason}`),
  });
  const broken = new AbortController();
  const run = { id: runId(store), version: VERSION, setup };
  const evaluateRecipe = spreadEvaluation(async (...args) => {
    try {
      return readSpreadAnswer(await queue.ask(...args));
    } catch (error) {
      broken.abort(error);
      throw error;
    }
  }, run);
  return {
    evaluateRecipe,
    isSpread: true,
    broken: broken.signal,
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  };
}

function describeWorkers(count: number): string {
  if (count === 0) return "no worker takes part; start some: merganser worker --queue URL, with the same URL";
  return count === 1 ? "1 worker takes part" : `${count} workers take part`;
}

const QUEUE_EVENT = "queued";
const QUEUE_PAYLOAD = z.object({ id: z.string() });

/** What a run is called on queues: drawn once, and kept in its log, so that a resumed run finds what was done for it. */
function runId(store: EventStore): string {
  const known = QUEUE_PAYLOAD.safeParse(store.events().find(({ kind }) => kind === QUEUE_EVENT)?.payload);
  if (known.success) return known.data.id;
  const id = randomUUID();
  store.appendEvent(QUEUE_EVENT, { id });
  return id;
}
