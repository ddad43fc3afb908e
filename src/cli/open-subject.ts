import { type Engine, openEngine } from "../engine/engine.ts";
import { openStreamingScorer, residentBytes } from "../engine/streaming-scorer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { startMergingAhead } from "../merge/merge-ahead.ts";
import { SCRATCH_BYTES } from "../merge/merge-tensor.ts";
import { openMergedModel } from "../merge/merged-model.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { openModel } from "../model/open-model.ts";
import type { CliIo } from "./cli-io.ts";
import { isRecipePath, readGoodRecipe } from "./read-recipe.ts";
import { type RecipeFlags, recipeOptions } from "./recipe-options.ts";

/** Flags that say how a model is run. */
export interface RunFlags extends RecipeFlags {
  readonly threads?: number;
  readonly memory: number;
}

/** Kernel memory for merging on this thread and for reading weights. */
const KERNEL_BYTES = 128 * 2 ** 20;

/** Opens the kernels that a command reads weights and merges with. */
export function openKernels(): Kernels {
  return openWasmKernels(readKernelModule(), KERNEL_BYTES);
}

/** How much of those kernels' memory the tiles of a virtual merge may take; reading weights needs the rest. */
export const VIRTUAL_TILE_BYTES = KERNEL_BYTES - 2 * SCRATCH_BYTES;

/**
 * Opens what an argument names: a recipe becomes the model it describes, with nothing written; anything else is a model.
 *
 * @throws what opening and planning raise.
 */
export function openSubject(argument: string, flags: RunFlags, kernels: Kernels, io: CliIo): Model {
  if (!isRecipePath(argument)) return openModel(argument);
  const plan = readGoodRecipe(argument, recipeOptions(flags), io);
  const ahead = (flags.threads ?? io.cores) > 1 ? startMergingAhead(plan) : undefined;
  return openMergedModel(plan, kernels, VIRTUAL_TILE_BYTES, ahead);
}

/** Opens a model or recipe and loads it into an engine. The caller disposes of the engine. */
export async function runSubject(argument: string, flags: RunFlags, io: CliIo): Promise<Engine> {
  const kernels = openKernels();
  using model = openSubject(argument, flags, kernels, io);
  const threads = flags.threads ?? io.cores;
  return await openEngine(model, { kernels, threads, memoryBytes: flags.memory });
}

/** What an engine may take beside weights, keys and values. */
const BESIDE_WEIGHTS_BYTES = 300 * 2 ** 20;

/**
 * Opens a model or recipe for scoring.
 *
 * @param bound - bytes that the whole process may take; a model that does not fit is read layer by layer. Undefined if
 * it is to be held whole.
 */
export async function runScorer(
  argument: string,
  flags: RunFlags,
  io: CliIo,
  bound: number | undefined,
): Promise<LanguageModel> {
  const kernels = openKernels();
  const model = openSubject(argument, flags, kernels, io);
  const threads = flags.threads ?? io.cores;
  const free = bound === undefined ? flags.memory : bound - residentBytes(model) - BESIDE_WEIGHTS_BYTES;
  if (free <= 0) {
    const scorer = await openStreamingScorer(model, { kernels, threads, memoryBytes: bound! });
    return { ...scorer, [Symbol.asyncDispose]: async () => model[Symbol.dispose]() };
  }
  try {
    return await openEngine(model, { kernels, threads, memoryBytes: bound === undefined ? flags.memory : free });
  } finally {
    model[Symbol.dispose]();
  }
}
