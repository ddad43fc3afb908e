import { type Engine, openEngine } from "../engine/engine.ts";
import { type FirstLook, openFirstLook } from "../engine/first-look.ts";
import { isQuantised, type WeightForm } from "../engine/matrix-type.ts";
import { openStreamingScorer } from "../engine/streaming-scorer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { openWasmKernels } from "../kernels/open-wasm-kernels.ts";
import { startMergingAhead } from "../merge/merge-ahead.ts";
import { SCRATCH_BYTES } from "../merge/merge-tensor.ts";
import { openMergedModel } from "../merge/merged-model.ts";
import { readKernelModule } from "../model/kernel-module.ts";
import type { LanguageModel, Prompt } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { openModel } from "../model/open-model.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";
import { createFirstLookModel, createLookMemory, type LookMemory } from "./first-look.ts";
import { chooseHold, freeBytes, LEAST_CACHE_BYTES } from "./model-hold.ts";
import { isRecipePath, readGoodRecipe } from "./read-recipe.ts";
import { type RecipeFlags, recipeOptions } from "./recipe-options.ts";

/** Flags that say how a model is run. */
export interface RunFlags extends RecipeFlags {
  readonly threads?: number;
  readonly memory: number;
  /** @default float32; where the whole program's memory is bound, what fits */
  readonly weights?: WeightForm;
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

/** A model in an engine. */
export interface RunningSubject extends AsyncDisposable {
  readonly engine: Engine;
  /** How far off its answers are; undefined for exact weights. */
  readonly look: FirstLook | undefined;
}

/** Opens a model or recipe and loads it into an engine. @param prompts - tell how far rounded weights are off. */
export async function runSubject(
  argument: string,
  flags: RunFlags,
  io: CliIo,
  prompts: readonly Prompt[],
): Promise<RunningSubject> {
  const kernels = openKernels();
  using model = openSubject(argument, flags, kernels, io);
  const { weights, memory: memoryBytes } = flags;
  const options = { kernels, threads: flags.threads ?? io.cores, memoryBytes };
  const parts = prompts.map((prompt) => [prompt]);
  const running = isQuantised(weights)
    ? await openFirstLook(model, { ...options, weights }, parts)
    : { engine: await openEngine(model, { ...options, ...formOf(flags) }), look: undefined };
  return { ...running, [Symbol.asyncDispose]: () => running.engine[Symbol.asyncDispose]() };
}

function formOf({ weights }: RunFlags): { readonly weights?: WeightForm } {
  return weights === undefined ? {} : { weights };
}

/** Opens a model or recipe for scoring. The caller disposes of the result alone. */
export async function runScorer(
  argument: string,
  flags: RunFlags,
  io: CliIo,
  { bound, look }: Required<Pick<RunParts, "bound" | "look">>,
): Promise<LanguageModel> {
  const kernels = openKernels();
  const model = openSubject(argument, flags, kernels, io);
  try {
    const runner = await openWithin(model, flags, { kernels, threads: flags.threads ?? io.cores, bound, look });
    const dispose = async (): Promise<void> => {
      await runner[Symbol.asyncDispose]();
      model[Symbol.dispose]();
    };
    return { ...runner, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/** What a model is run with. */
export interface RunParts {
  readonly kernels: Kernels;
  readonly threads: number;
  /**
   * Bytes that the whole process may take. Weights are held as float32 if they fit, else as they are stored if these
   * are 16 bits and fit; else they are read layer by layer, which scores but does not write. Undefined if the model is
   * to be held whatever it takes.
   */
  readonly bound: number | undefined;
  /** Keeps how far off rounded weights are. */
  readonly look?: LookMemory;
}

/**
 * Makes a model ready to run; it must stay open.
 *
 * @throws those of `openEngine` and `openStreamingScorer`, and cli/bad_usage where rounded weights would not fit
 */
export async function openWithin(
  model: Model,
  flags: RunFlags,
  { kernels, threads, bound, look = createLookMemory() }: RunParts,
): Promise<LanguageModel> {
  const { weights } = flags;
  if (isQuantised(weights)) {
    const memoryBytes = bound === undefined ? flags.memory : freeBytes(model, weights, bound);
    if (memoryBytes < LEAST_CACHE_BYTES)
      throw cliErrors.bad_usage({
        message: `--weights ${weights} needs ${bound! - memoryBytes + LEAST_CACHE_BYTES} bytes of --memory for ${model.name}; leave it out, and less will do`,
      });
    return createFirstLookModel(model, { kernels, threads, memoryBytes, weights }, look);
  }
  const { form, memoryBytes = flags.memory } = chooseHold(model, { weights, bound });
  if (form === "streamed") return openStreamingScorer(model, { kernels, threads, memoryBytes });
  return openEngine(model, { kernels, threads, memoryBytes, weights: form });
}
