import type { Command } from "commander";
import type { PlanOptions } from "../recipe/plan-recipe.ts";
import { size, wholeNumber } from "./options.ts";

/** Flags that say how a recipe is read. */
export interface RecipeFlags {
  readonly seed: number;
  readonly allowCrimes?: true;
  readonly unsafeTruncateEmbeddings?: true;
  readonly allowMissingBuffers?: true;
}

/** Adds them to a command that takes a recipe. */
export function addRecipeOptions(command: Command): Command {
  const parseSeed = wholeNumber("--seed", 0);
  return command
    .option("--seed <n>", "seed of the random methods", parseSeed, 0)
    .option("--random-seed <n>", "the same, as mergekit spells it", parseSeed)
    .option("--allow-crimes", "let models of different architectures mix")
    .option("--unsafe-truncate-embeddings", "cut embeddings of unequal sizes to the smallest")
    .option("--allow-missing-buffers", "take GPT-NeoX models without the buffers that mergekit demands");
}

/** Turns the flags into options of the planner. */
export function recipeOptions(flags: RecipeFlags & { readonly randomSeed?: number }): Omit<PlanOptions, "openModel"> {
  return {
    seed: flags.randomSeed ?? flags.seed,
    allowCrimes: flags.allowCrimes === true,
    unsafeTruncateEmbeddings: flags.unsafeTruncateEmbeddings === true,
    allowMissingBuffers: flags.allowMissingBuffers === true,
  };
}

/** Adds the flags of a command that runs a model or a recipe. */
export function addRunOptions(command: Command): Command {
  return addSubjectOptions(
    command.argument("<model-or-recipe>", "model folder or hub id, or a recipe, which is merged in memory"),
  );
}

/** The same for a command with arguments of its own. */
export function addSubjectOptions(command: Command): Command {
  return addRecipeOptions(command)
    .option("--threads <n>", "threads that compute (default: all cores)", wholeNumber("--threads", 1))
    .option("--memory <size>", "memory for caches, beside the weights", size("--memory"), 2 ** 30);
}
