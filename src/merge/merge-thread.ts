import { Worker } from "node:worker_threads";
import type { WorkerMessage, WorkerOutcome, WorkerSetup, WorkerStart, WorkerTask } from "./merge-worker.ts";

interface Waiting {
  readonly resolve: (outcome: WorkerOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** A thread of one merge: it does its tasks one after the other, in the order in which it is sent them. */
export class MergeThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #failure: Error | undefined;

  /**
   * Starts the thread, which loads its code meanwhile: it may be sent work at once.
   *
   * @param kernelBytes - see `WorkerStart`.
   */
  constructor(kernelBytes: number) {
    const workerData: WorkerStart = { kernelBytes };
    this.#worker = new Worker(new URL("./merge-worker.ts", import.meta.url), { workerData });
    this.#worker.on("message", (outcome: WorkerOutcome) => this.#waiting.shift()?.resolve(outcome));
    this.#worker.on("error", (error: Error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("the thread ended")));
  }

  /** Says what the thread takes part in; before its first task. */
  open(setup: WorkerSetup): void {
    this.#send({ setup });
  }

  /** Has a task done after those that were sent before. @throws what ended the thread */
  run(task: WorkerTask): Promise<WorkerOutcome> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#send({ task });
    });
  }

  /** Ends the thread, whatever it does; tasks that are not done fail. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: WorkerMessage): void {
    this.#worker.postMessage(message);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
