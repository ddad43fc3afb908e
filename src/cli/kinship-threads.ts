import { Piscina } from "piscina";
import { CodedError } from "../base/errors.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import type { OpenedModel } from "../model/open-model.ts";
import type { RunPieces } from "../select/kinship/kinship.ts";
import { measurePiece, measuringBytes } from "../select/kinship/measure-piece.ts";
import type { Piece } from "../select/kinship/plan-comparison.ts";
import type { KinshipSetup, PiecesOutcome } from "./kinship-worker.ts";

/** Pools smaller than this are measured on this thread: starting others takes longer. */
const LEAST_ELEMENTS = 2 ** 25;

/** Elements of a model that a thread is sent at a time: it waits between, but the last ones wait for the slowest. */
const TASK_ELEMENTS = 2 ** 22;

/** Models to measure, and how. */
export interface KinshipThreads {
  readonly models: readonly OpenedModel[];
  readonly base: OpenedModel | undefined;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called after each piece with the elements of it in all models. */
  readonly onProgress: (elements: number) => void;
}

/**
 * Makes the function that measures pieces on worker threads, each in memory of its own and of bounded size.
 *
 * @returns throws what reading a model raises, and the signal's reason.
 */
export function runKinshipThreads({ models, base, threads, signal, onProgress }: KinshipThreads): RunPieces {
  const elementsOf = (piece: Piece): number => piece.length * (piece.models.length + (base === undefined ? 0 : 1));
  return async (pieces, onDone) => {
    const total = pieces.reduce((sum, piece) => sum + elementsOf(piece), 0);
    if (total < LEAST_ELEMENTS || threads === 1) {
      const pool = { models: models.map(({ model }) => model), base: base?.model };
      const kernels = openWasmKernels(readKernelModule(), measuringBytes(models.length));
      for (const [index, piece] of pieces.entries()) {
        signal.throwIfAborted();
        onDone(index, measurePiece(piece, pool, kernels));
        onProgress(elementsOf(piece));
      }
      return;
    }
    const setup: KinshipSetup = { models: models.map(({ source }) => source), base: base?.source };
    const workers = new Piscina({
      filename: new URL("./kinship-worker.ts", import.meta.url).href,
      workerData: setup,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
    });
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      await Promise.all(
        inTasks(pieces).map(async ({ first, pieces: own }) => {
          const outcome = (await workers.run(own, { name: "measureInWorker", signal: stop.signal })) as PiecesOutcome;
          if (stop.signal.aborted) return;
          if ("error" in outcome) throw new CodedError(outcome.error);
          for (const [i, sums] of outcome.sums.entries()) onDone(first + i, sums);
          onProgress(own.reduce((sum, piece) => sum + elementsOf(piece), 0));
        }),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      abort();
      await workers.destroy();
    }
  };
}

/** Some pieces that follow each other. */
interface Task {
  /** Place of the first of them in the list. */
  readonly first: number;
  readonly pieces: Piece[];
}

function inTasks(pieces: readonly Piece[]): readonly Task[] {
  const tasks: Task[] = [];
  let elements = TASK_ELEMENTS;
  for (const [index, piece] of pieces.entries()) {
    if (elements >= TASK_ELEMENTS) {
      tasks.push({ first: index, pieces: [] });
      elements = 0;
    }
    tasks.at(-1)!.pieces.push(piece);
    elements += piece.length;
  }
  return tasks;
}
