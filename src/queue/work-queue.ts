import type { Json } from "../base/canonical-json.ts";

/** Has work done by whoever takes it: other threads, processes, machines. */
export interface WorkQueue extends AsyncDisposable {
  /**
   * Puts a piece of work on the queue and waits for its answer, however long that takes and whoever dies meanwhile.
   *
   * @param id - names the work: the same work asked again, also by a later process, is not done again while its answer is
   *   kept. No colon in it.
   * @param signal - ends the waiting with its reason; the work stays on the queue.
   * @throws queue/work_lost when it ended too many workers.
   */
  ask(id: string, work: Json, signal: AbortSignal): Promise<Json>;
}

/** Told how a queue does; each thing once, when it changes. */
export interface QueueWatch {
  /** A worker is there. */
  readonly onReady?: (at: string) => void;
  /** The server is gone. Whoever waits goes on waiting. */
  readonly onLost: (at: string, reason: string) => void;
  readonly onBack: (at: string) => void;
  /** How many workers take part now. */
  readonly onWorkers?: (count: number) => void;
  /** A worker said why it cannot do a piece of work, and gave it back for others. */
  readonly onRefusal?: (reason: string) => void;
}

/** What became of a piece of work at a worker. */
export type WorkOutcome =
  | { readonly kind: "answer"; readonly answer: Json }
  /** It failed for a reason that may pass, and is tried again somewhere. */
  | { readonly kind: "again"; readonly reason: string }
  /** This worker cannot do it; others may. */
  | { readonly kind: "refusal"; readonly reason: string };

/** Does a piece of work. `isLast` says that it will not be tried again. Where it rejects, the work is tried again. */
export type DoWork = (work: unknown, isLast: boolean, signal: AbortSignal) => Promise<WorkOutcome>;
