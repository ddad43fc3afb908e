import { expect, it } from "vitest";
import { machineErrors } from "./errors.ts";
import type { WorkerTask } from "./merge-worker.ts";
import { type PoolRun, runPool, startMergeThreads } from "./worker-pool.ts";

const TASK = {
  tensor: {
    name: "w",
    dtype: "F32",
    shape: [1],
    work: { kind: "copy", from: { model: 7, tensor: "w" }, equalTo: [], grid: undefined },
  },
  file: 0,
  offset: 0,
} as const satisfies WorkerTask;

function run(files: readonly string[], more: Partial<PoolRun> = {}): Promise<void> {
  return runPool({
    setup: { sources: [], method: "linear", seed: 0, memoryBytes: 2 ** 25, lockFormat: 2, files },
    tasks: [TASK],
    sizeOf: () => 1,
    threads: startMergeThreads(1),
    signal: undefined,
    interrupted: () => machineErrors.interrupted({ path: "out" }),
    onDone: () => expect.unreachable("nothing can be done"),
    ...more,
  });
}

it("says that a worker died of what no code stands for", async () => {
  await expect(run([import.meta.filename])).rejects.toMatchObject({ code: "merge/worker_died" });
});

it("says what cannot be written, across threads", async () => {
  await expect(run([`${import.meta.filename}/none`])).rejects.toMatchObject({ code: "merge/write_failed" });
});

it("does not start when it is interrupted before", async () => {
  await expect(run([], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "merge/interrupted" });
});

it("ends the threads when what is done beside their work fails", async () => {
  const failure = machineErrors.interrupted({ path: "beside" });
  const onStarted = (): never => {
    throw failure;
  };
  await expect(run([import.meta.filename], { onStarted })).rejects.toBe(failure);
});
