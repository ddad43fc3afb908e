/**
 * Carries out a plan: writes a Hugging Face folder that appears complete or not at all.
 *
 * The output files are laid out and allocated first; then each tensor goes to a worker thread, which reads, computes
 * and writes it at its final place. The order of work never changes the bytes.
 */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CodedError } from "../base/errors.ts";
import type { Plan } from "../recipe/plan.ts";
import { byteLength } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/shape.ts";
import { startFlushing } from "./background-flush.ts";
import { foldHashes } from "./content-hash.ts";
import { machineErrors, mergeErrors } from "./errors.ts";
import { assertUnchanged, lookAtInputs } from "./input-files.ts";
import { type Journal, openJournal } from "./journal.ts";
import { LOCK_FORMAT, type LockFormat, lockOf, writeLock } from "./lineage.ts";
import { SCRATCH_BYTES } from "./merge-tensor.ts";
import type { WorkerTask } from "./merge-worker.ts";
import { mergeIdentity } from "./merged-model.ts";
import { pathsOf } from "./open-source.ts";
import { assertDiskSpace, openOutputFolder } from "./output-folder.ts";
import { allocateOutput, layOutOutput, type OutputLayout } from "./output-layout.ts";
import { writeSideFiles } from "./side-files.ts";
import { verifyOutput } from "./verify-output.ts";
import { type MemoryBudget, PROCESS_BYTES, THREAD_BYTES, workerMemory } from "./worker-memory.ts";
import { type MergeThreads, runPool, startMergeThreads } from "./worker-pool.ts";
import { writing } from "./write-errors.ts";

/** How a plan is carried out. */
export interface MergeOptions {
  readonly outPath: string;
  /** Worker threads; each holds its share of the memory. */
  readonly threads: number;
  /** As many threads, started beforehand; they are ended with the merge. */
  readonly started?: MergeThreads;
  /** Target for the whole process. */
  readonly memoryBytes: number;
  readonly overwrite: boolean;
  /** Whether to go on with an interrupted merge into the same folder. */
  readonly resume: boolean;
  /** Largest shard; 0 means one file whatever its size. */
  readonly maxShardBytes: number;
  /** Of the lock. @default LOCK_FORMAT */
  readonly lockFormat?: LockFormat;
  readonly signal?: AbortSignal;
  /** Called once, when the threads have work to do. */
  readonly onStarted?: () => void;
  readonly onProgress?: (progress: MergeProgress) => void;
}

/** How far a merge is. */
export interface MergeProgress {
  readonly tensor: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What was written. */
export interface MergeReport {
  readonly path: string;
  readonly tensors: number;
  /** Bytes of tensor data. */
  readonly bytes: number;
  readonly files: readonly string[];
}

const LEAST_TILE_BYTES = 4 * 2 ** 20;

/**
 * Merges into a folder.
 *
 * @throws errors of merge/errors.ts, and what reading, planning and kernels raise.
 */
export async function mergeRecipe(plan: Plan, options: MergeOptions): Promise<MergeReport> {
  const outPath = resolve(options.outPath);
  assertNotInput(plan, outPath);
  assertMemory(options);
  const layout = layOutOutput(plan.tensors, options.maxShardBytes);
  using output = writing(outPath, () => openOutputFolder(outPath, options));
  const inputs = lookAtInputs(plan.models.map(({ source }) => source));
  try {
    assertDiskSpace(dirname(output.workPath), options.resume ? 0 : layout.totalBytes);
  } catch (error) {
    output.discard();
    throw error;
  }

  try {
    const journal = await writeWeights(plan, layout, output.workPath, options);
    assertUnchanged(inputs);
    verifyOutput(output.workPath, plan);
    journal.remove();
  } catch (error) {
    // What the machine stopped can be resumed; what is wrong with the inputs would be wrong again.
    if (!(error instanceof CodedError && error.blame === "environment")) output.discard();
    throw error;
  }
  writing(outPath, () => output.publish());
  return {
    path: outPath,
    tensors: plan.tensors.length,
    bytes: layout.dataBytes,
    files: layout.shards.map((shard) => shard.file),
  };
}

async function writeWeights(
  plan: Plan,
  layout: OutputLayout,
  workPath: string,
  options: MergeOptions,
): Promise<Journal> {
  // A journal means that the files have their places, so it comes second.
  if (!options.resume) writing(workPath, () => allocateOutput(workPath, layout));
  const { lockFormat = LOCK_FORMAT } = options;
  const keyOf = (): string => `${mergeIdentity(plan)} ${options.maxShardBytes} ${lockFormat}`;
  const journal = openJournal(join(workPath, ".journal.jsonl"), keyOf, options.resume);
  const tasks = openTasks(plan, layout, journal);
  await runTasks({ plan, layout, journal, tasks, workPath, options });
  assertFinite(journal);
  const hashes = new Map([...journal.done].map(([name, outcome]) => [name, outcome.hashes]));
  writing(workPath, () => writeLock(workPath, lockOf(plan, foldHashes(plan, hashes), lockFormat)));
  return journal;
}

/** Checks that threads have the least memory they work in. @throws merge/memory_too_small */
export function assertMemory({ memoryBytes, threads }: MemoryBudget): void {
  const leastBytes = PROCESS_BYTES + threads * (THREAD_BYTES + SCRATCH_BYTES + LEAST_TILE_BYTES);
  if (memoryBytes < leastBytes) throw machineErrors.memory_too_small({ memoryBytes, leastBytes, threads });
}

function assertNotInput(plan: Plan, outPath: string): void {
  for (const { model, source } of plan.models) {
    if (existsSync(outPath) && pathsOf(source).some((path) => resolve(path) === outPath)) {
      throw mergeErrors.output_is_input({ path: outPath, model: model.name });
    }
  }
}

/** The tensors still to be merged, in the plan's order. */
function openTasks(plan: Plan, layout: OutputLayout, journal: Journal): WorkerTask[] {
  return plan.tensors
    .filter((tensor) => !journal.done.has(tensor.name))
    .map((tensor) => ({ tensor, ...layout.places.get(tensor.name)! }));
}

interface TaskRun {
  readonly plan: Plan;
  readonly layout: OutputLayout;
  readonly journal: Journal;
  readonly tasks: readonly WorkerTask[];
  readonly workPath: string;
  readonly options: MergeOptions;
}

async function runTasks({ plan, layout, journal, tasks, workPath, options }: TaskRun): Promise<void> {
  const sizeOf = (task: WorkerTask): number => byteLength(task.tensor.dtype, elementCount(task.tensor.shape));
  const todoBytes = tasks.reduce((sum, task) => sum + sizeOf(task), 0);
  let doneBytes = layout.dataBytes - todoBytes;
  const setup = {
    sources: plan.models.map(({ source }) => source),
    method: plan.method,
    seed: plan.seed,
    memoryBytes: workerMemory(options),
    lockFormat: options.lockFormat ?? LOCK_FORMAT,
    files: layout.shards.map((shard) => join(workPath, shard.file)),
  };
  await using flush = startFlushing(setup.files);
  await runPool({
    setup,
    tasks,
    sizeOf,
    threads:
      options.started ?? startMergeThreads(Math.max(1, Math.min(options.threads, tasks.length)), setup.memoryBytes),
    signal: options.signal,
    onStarted() {
      // Naming the inputs reads parts of all their files, which the threads need not wait for.
      journal.begin();
      writing(workPath, () => writeSideFiles(plan, workPath, options.outPath));
      options.onStarted?.();
    },
    interrupted: () => machineErrors.interrupted({ path: options.outPath }),
    onDone(task, outcome) {
      journal.append(task.tensor.name, outcome);
      doneBytes += sizeOf(task);
      flush.written(task.file, sizeOf(task));
      options.onProgress?.({ tensor: task.tensor.name, doneBytes, totalBytes: layout.dataBytes });
    },
  });
}

function assertFinite(journal: Journal): void {
  const bad = [...journal.done].filter(([, outcome]) => outcome.nonFinite > 0);
  if (bad.length === 0) return;
  const count = bad.reduce((sum, [, outcome]) => sum + outcome.nonFinite, 0);
  throw mergeErrors.not_finite({ tensors: bad.slice(0, 5).map(([name]) => name), count });
}
