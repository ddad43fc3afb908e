import { setTimeout as pause } from "node:timers/promises";
import type { Json } from "../../src/base/canonical-json.ts";
import { createRandom } from "../../src/base/philox.ts";
import type { DoWork, WorkQueue } from "../../src/queue/work-queue.ts";

/** A queue in this process: workers take turns of random length, and some die over their work, which others then do. */
export function createLocalQueue(doWork: DoWork, workers: number, seed: number): WorkQueue {
  const random = createRandom({ seed, counter: 0 });
  const free: (() => void)[] = [];
  let busy = 0;
  const take = async (): Promise<void> => {
    if (busy === workers) await new Promise<void>((resolve) => free.push(resolve));
    else busy++;
  };
  const leave = (): void => {
    const next = free.shift();
    if (next === undefined) busy--;
    else next();
  };
  return {
    async ask(_id, work, signal): Promise<Json> {
      const sent = JSON.parse(JSON.stringify(work)) as unknown;
      for (;;) {
        await take();
        try {
          await pause(3 * random.nextUniform());
          signal.throwIfAborted();
          const outcome = await doWork(sent, false, signal);
          const dies = random.nextUniform() < 0.2;
          if (outcome.kind === "answer" && !dies) return JSON.parse(JSON.stringify(outcome.answer)) as Json;
        } finally {
          leave();
        }
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
