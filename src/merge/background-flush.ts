/**
 * Sends what is written to the disk while the rest is computed, so that little is left to be flushed in the end.
 *
 * What cannot be flushed shows again when the finished files are, so failures here are nobody's loss.
 */

import { open } from "node:fs/promises";

/** Bytes that are worth a flush. */
const FLUSH_BYTES = 32 * 2 ** 20;

/** Flushing under way. Disposing waits for the flush that is running. */
export interface BackgroundFlush extends AsyncDisposable {
  /** Tells that so many bytes more were written to a file. */
  written(file: number, bytes: number): void;
}

/** Starts flushing files, which exist. At most one flush runs at a time. */
export function startFlushing(files: readonly string[]): BackgroundFlush {
  const waiting = files.map(() => 0);
  let running: Promise<void> | undefined;

  const flushNext = (): void => {
    const file = waiting.findIndex((bytes) => bytes >= FLUSH_BYTES);
    if (running !== undefined || file < 0) return;
    waiting[file] = 0;
    running = flush(files[file]!)
      .catch(() => undefined)
      .then(() => {
        running = undefined;
        flushNext();
      });
  };
  return {
    written(file, bytes) {
      waiting[file]! += bytes;
      flushNext();
    },
    async [Symbol.asyncDispose]() {
      waiting.fill(0);
      await running;
    },
  };
}

async function flush(path: string): Promise<void> {
  await using file = await open(path, "r+");
  await file.datasync();
}
