import { CodedError } from "../../base/errors.ts";
import { formatSize } from "../../base/size.ts";
import { predictPlan } from "../../merge/predict-plan.ts";
import type { Plan } from "../../recipe/plan.ts";
import type { CliIo } from "../cli-io.ts";
import { cliErrors } from "../errors.ts";
import { addMergekitOptions, type MergekitThreads, mergekitNotes, withThreads } from "../mergekit-options.ts";
import { size, wholeNumber } from "../options.ts";
import { downloadHint, formatProblem, readRecipe } from "../read-recipe.ts";
import { addRecipeOptions, type RecipeFlags, recipeOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface PlanFlags extends RecipeFlags {
  readonly threads?: number;
  readonly memory: number;
  readonly json?: true;
}

/** `merganser plan`: says what a recipe would do, or everything that is wrong with it, without reading any weights. */
export const plan: CliCommand = {
  define(command, io) {
    addMergekitOptions(addRecipeOptions(command))
      .argument("<recipe>", "recipe in mergekit's YAML")
      .option("--threads <n>", "worker threads to predict for (default: all cores)", wholeNumber("--threads", 1))
      .option("--memory <size>", "memory to predict for", size("--memory"), 2 ** 30)
      .action((recipe: string, flags: PlanFlags & MergekitThreads) => {
        for (const line of mergekitNotes(command)) io.note(line);
        showPlan(recipe, withThreads(flags), io);
      });
  },
};

function showPlan(recipe: string, flags: PlanFlags, io: CliIo): void {
  const { plan: made, problems, warnings } = readRecipe(recipe, recipeOptions(flags));
  const budget = { threads: flags.threads ?? io.cores, memoryBytes: flags.memory };
  if (flags.json) {
    const facts =
      made === undefined ? {} : { method: made.method, tensors: made.tensors.length, ...predictPlan(made, budget) };
    io.print(JSON.stringify({ problems, warnings, ...facts }));
  } else {
    for (const warning of warnings) io.print(formatProblem(recipe, warning, true));
    for (const problem of problems) io.print(formatProblem(recipe, problem, false));
    for (const hint of downloadHint(recipe, problems)) io.print(hint);
    if (made !== undefined) io.print(describePlan(made, budget));
  }
  if (made !== undefined) return;
  const refused = cliErrors.refused({ recipe, count: problems.length }).toJSON();
  throw new CodedError({ ...refused, details: { ...refused.details, printed: true } });
}

function describePlan(made: Plan, budget: { readonly threads: number; readonly memoryBytes: number }): string {
  const { bytesRead, bytesWritten, peakMemoryBytes } = predictPlan(made, budget);
  const architecture = made.config["architectures"];
  const names = made.models.map(({ model }) => model.name).join(", ");
  return [
    `method        ${made.method}`,
    `models        ${names}`,
    `architecture  ${Array.isArray(architecture) ? architecture.join(", ") : "not stated in config.json"}`,
    `output        ${made.tensors.length} tensors, ${formatSize(bytesWritten)}`,
    `reads         ${formatSize(bytesRead)}`,
    `peak memory   ${formatSize(peakMemoryBytes)} with ${budget.threads} threads`,
    "no problems",
  ].join("\n");
}
