import type { Command } from "commander";
import { WEIGHT_FORMS, type WeightForm } from "../engine/matrix-type.ts";
import type { PlanOptions } from "../recipe/plan-recipe.ts";
import { cliErrors } from "./errors.ts";
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

function parseWeights(text: string): WeightForm {
  const form = WEIGHT_FORMS.find((name) => name === text);
  if (form !== undefined) return form;
  throw cliErrors.bad_usage({ message: `--weights: "${text}" is none of ${WEIGHT_FORMS.join(", ")}` });
}

/**
 * What the whole program may take. Who gives `--memory` to a command that scores means all of its memory; the default
 * is for caches.
 */
export function memoryBound(command: Command): number | undefined {
  const { memory } = command.opts<{ readonly memory: number }>();
  return command.getOptionValueSource("memory") === "cli" ? memory : undefined;
}

/** Adds the flags of a command that runs a model or a recipe. */
export function addRunOptions(command: Command): Command {
  return addSubjectOptions(
    command.argument("<model-or-recipe>", "model folder or hub id, or a recipe, which is merged in memory"),
  );
}

const WEIGHTS_HELP =
  "how weights are held: float32, stored (16 bits, slower), or int8 or int4: a cheaper first look, whose error is told";

/** The same for a command with arguments of its own. */
export function addSubjectOptions(command: Command): Command {
  return addRecipeOptions(command)
    .option("--threads <n>", "threads that compute (default: all cores)", wholeNumber("--threads", 1))
    .option("--memory <size>", "memory for caches, beside the weights", size("--memory"), 2 ** 30)
    .option("--weights <form>", WEIGHTS_HELP, parseWeights);
}
