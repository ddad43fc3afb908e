import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { addAdapters, openVirtualMerge } from "../merge/open-source.ts";
import { type ModelPlace, openModelAndSource } from "../model/open-model.ts";
import type { Plan, PlannedModel, Problem } from "../recipe/plan.ts";
import { type PlanOptions, planRecipe } from "../recipe/plan-recipe.ts";
import type { CliIo } from "./cli-io.ts";
import { cliErrors } from "./errors.ts";

/** What planning a recipe file gave. */
export interface PlannedRecipe {
  /** Undefined when there are problems. */
  readonly plan: Plan | undefined;
  /** The named merges of a recipe of several documents, each after those it needs. */
  readonly intermediates: readonly Plan[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Reads and plans a recipe. Model paths in it are taken as mergekit takes them, from the working directory, and if they
 * are not there, from the recipe's own folder.
 *
 * @throws cli/unreadable
 */
export function readRecipe(path: string, options: Omit<PlanOptions, "openModel">): PlannedRecipe {
  const text = readText(path);
  return planRecipe(text, path, {
    openMerge: openVirtualMerge,
    addAdapters: (merge, adapters) =>
      adapters.reduce((model, adapter) => addAdapters(model, [adapter], placeOf(adapter, path)), merge),
    ...options,
    openModel: (reference) => openNearRecipe(reference, path),
  });
}

function openNearRecipe(reference: string, recipePath: string): PlannedModel {
  return openModelAndSource(reference, placeOf(reference, recipePath));
}

/** As mergekit takes paths, from the working directory; a path that is not there may be in the recipe's own folder. */
function placeOf(reference: string, recipePath: string): ModelPlace {
  const nearRecipe = resolve(dirname(recipePath), reference);
  return { cwd: !existsSync(reference) && existsSync(nearRecipe) ? dirname(recipePath) : "." };
}

/** Reads and plans a recipe that must be right. @throws cli/refused after the problems were printed. */
export function readGoodRecipe(path: string, options: Omit<PlanOptions, "openModel">, io: CliIo): Plan {
  const planned = readRecipe(path, options);
  tellWarnings(path, planned.warnings, io);
  return planOf(path, planned, io);
}

/** A plan, and the warnings that were put off. */
export interface QuickPlan {
  readonly plan: Plan;
  /** Looks for what takes time, and prints it; does nothing when called again. */
  warn(): void;
}

/** The same, but if the recipe is right, what only warns and takes time is looked for when it is asked for. @throws cli/refused */
export function readGoodRecipeQuickly(path: string, options: Omit<PlanOptions, "openModel">, io: CliIo): QuickPlan {
  const looks: (() => readonly Problem[])[] = [];
  const planned = readRecipe(path, { ...options, warnLater: (look) => looks.push(look) });
  const warn = (): void =>
    tellWarnings(
      path,
      looks.splice(0).flatMap((look) => look()),
      io,
    );
  tellWarnings(path, planned.warnings, io);
  if (planned.plan === undefined) warn();
  return { plan: planOf(path, planned, io), warn };
}

function tellWarnings(path: string, warnings: readonly Problem[], io: CliIo): void {
  for (const warning of warnings) io.note(formatProblem(path, warning, true));
}

function planOf(path: string, { plan, problems }: PlannedRecipe, io: CliIo): Plan {
  for (const problem of problems) io.note(formatProblem(path, problem, false));
  for (const hint of downloadHint(path, problems)) io.note(hint);
  if (plan === undefined) throw cliErrors.refused({ recipe: path, count: problems.length });
  return plan;
}

/** The line that says how models of a recipe that are not there can be got; none if all are there. */
export function downloadHint(path: string, problems: readonly Problem[]): readonly string[] {
  if (!problems.some(({ code }) => code === "model/not_found")) return [];
  return [`models of the hub: \`merganser download ${path}\` gets them, or \`merge --download\``];
}

/** Formats a problem as compilers do: file, line and column first, so that editors can jump there. */
export function formatProblem(path: string, problem: Problem, isWarning: boolean): string {
  const place = `${path}:${problem.line}:${problem.column}`;
  return `${place}: ${isWarning ? "warning" : "error"}: ${problem.message} [${problem.code}]\n    fix: ${problem.fix}`;
}

/** Whether an argument that may be a model or a recipe is a recipe: a file whose name ends as YAML's do. */
export function isRecipePath(argument: string): boolean {
  return /\.ya?ml$/i.test(argument) && (statSync(argument, { throwIfNoEntry: false })?.isFile() ?? false);
}

/** Reads a text file. @throws cli/unreadable */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw cliErrors.unreadable({ path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
}
