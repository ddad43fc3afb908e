/** Requests of several clients in one call of the engine. */

import type { EngineGeneration, EngineRequest } from "../engine/engine-request.ts";

/** Writes texts, as the engine does. */
export type WriteTexts = (requests: readonly EngineRequest[]) => Promise<readonly EngineGeneration[]>;

interface Waiting {
  readonly requests: readonly EngineRequest[];
  readonly resolve: (written: readonly EngineGeneration[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lets requests that come while others are answered wait, and asks them together. Where the engine refuses one before it wrote
 * anything, each caller's requests are asked alone, so that only the refused one fails.
 */
export function shareCalls(write: WriteTexts): WriteTexts {
  let waiting: Waiting[] = [];
  let isBusy = false;
  const work = async (): Promise<void> => {
    isBusy = true;
    for (let next = take(); next.length > 0; next = take()) await answer(write, next);
    isBusy = false;
  };
  const take = (): readonly Waiting[] => {
    const all = waiting;
    waiting = [];
    return all;
  };
  return (requests) =>
    new Promise((resolve, reject) => {
      waiting.push({ requests, resolve, reject });
      if (!isBusy) void work();
    });
}

async function answer(write: WriteTexts, callers: readonly Waiting[]): Promise<void> {
  let hasWritten = false;
  const watched = callers.flatMap(({ requests }) =>
    requests.map(
      (request): EngineRequest => ({
        ...request,
        onToken(soFar) {
          hasWritten = true;
          request.onToken?.(soFar);
        },
      }),
    ),
  );
  try {
    const written = await write(watched);
    let next = 0;
    for (const { requests, resolve } of callers) {
      resolve(written.slice(next, next + requests.length));
      next += requests.length;
    }
  } catch (error) {
    if (callers.length > 1 && !hasWritten) for (const caller of callers) await answer(write, [caller]);
    else for (const { reject } of callers) reject(error);
  }
}
