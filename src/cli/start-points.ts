/** Finds the points at which a search begins. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { openVirtualMerge } from "../merge/open-source.ts";
import type { Model } from "../model/model.ts";
import type { Plan, PlannedModel } from "../recipe/plan.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import type { LayerFacts } from "../search/candidate-space.ts";
import { searchErrors } from "../search/errors.ts";
import type { KeyPath } from "../search/located-yaml.ts";
import type { Search } from "../search/search.ts";
import { modelPoint, nextPoint, recipePoint } from "../search/start-point.ts";
import type { StartRecipe } from "../search/start-recipe.ts";
import { readText } from "./read-recipe.ts";
import { readRun } from "./run-folder.ts";

/** A search whose models are open. */
export interface OpenedSearch {
  readonly search: Search;
  readonly whereIs: (path: KeyPath) => string;
  readonly layers: number;
  readonly facts: LayerFacts;
  /** Opens each model once. */
  readonly openModel: (reference: string) => PlannedModel;
}

/** Where the stages of a search begin. */
export interface StartPoints {
  readonly starts: readonly (readonly number[])[];
  /** Of the second stage, beside its best merge as it is; none where nothing else is known. */
  readonly nextStarts?: readonly (readonly number[])[];
}

/**
 * Returns what the search file's `start` asks for; undefined where it asks for nothing.
 *
 * @throws search/bad_start, cli/unreadable, cli/not_a_run
 */
export function startPoints(opened: OpenedSearch): StartPoints | undefined {
  const { search, whereIs, layers, facts } = opened;
  const { start } = search;
  if (start === undefined) return undefined;
  const where = whereIs(["start"]);
  if (start.kind === "parents")
    return { starts: search.models.map((_, model) => modelPoint(search, model, facts, where)) };
  if (start.kind === "parent") return { starts: [modelPoint(search, start.model, facts, where)] };
  const recipe =
    start.kind === "recipe"
      ? planStart(opened, readText(start.file), start.file)
      : planStart(opened, readRun(start.folder).best.recipe, join(start.folder, "best", "recipe.yaml"));
  const next = nextPoint(search, recipe, layers, facts);
  return {
    starts: [recipePoint(search, recipe, layers, facts)],
    ...(next === undefined ? {} : { nextStarts: [next] }),
  };
}

/** Models of the recipe are those of the search where they are the same folders, also by paths from the recipe's folder. */
function planStart({ search, whereIs, openModel }: OpenedSearch, text: string, path: string): StartRecipe {
  const where = whereIs(["start"]);
  const near = (reference: string): string => {
    const paths = [resolve(dirname(path), reference), resolve(reference)];
    return paths.find((candidate) => existsSync(candidate)) ?? reference;
  };
  const merges = new Map<Model, Plan>();
  const openMerge = (merge: Plan): PlannedModel => {
    const opened = openVirtualMerge(merge);
    merges.set(opened.model, merge);
    return opened;
  };
  const { plan, problems } = planRecipe(text, path, {
    openModel: (reference) => openModel(near(reference)),
    openMerge,
    allowMissingBuffers: true,
  });
  if (plan === undefined) {
    const { message, line, column } = problems[0]!;
    throw searchErrors.bad_start({ where, problem: `${path}:${line}:${column}: ${message}` });
  }
  const modelOf = ({ path: reference }: { readonly path: string }): Model => openModel(reference).model;
  const base = search.baseModel && modelOf(search.baseModel);
  return { plan, merges, models: search.models.map(modelOf), base, where };
}
