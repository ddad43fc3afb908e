/** Generations of candidates, with their recipes, as the log of a run has them. */

import { sha256 } from "../base/hash.ts";
import type { CandidateSpace } from "./candidate-space.ts";
import { searchFaults } from "./errors.ts";
import type { LoggedGeneration, RunLog } from "./run-log.ts";
import { unmergeableText } from "./unmergeable.ts";

/** A candidate that was asked for. */
export interface Asked {
  readonly id: number;
  readonly values: readonly number[];
  readonly recipeText: string;
}

/** What recipes are written and kept with. */
export interface AskParts {
  readonly space: CandidateSpace;
  readonly log: RunLog;
  /** Seconds of work since the run began. */
  readonly elapsed: () => number;
}

/** Takes a generation from the log, or asks for it and puts it there. */
export function askGeneration(
  { space, log, elapsed }: AskParts,
  generation: number,
  ask: () => readonly { readonly id: number; readonly values: readonly number[] }[],
): readonly Asked[] {
  const write = (id: number, point: readonly number[]): Asked => {
    const values = space.round(point);
    return { id, values, recipeText: writeRecipe(space, values) };
  };
  const asked = ask().map(({ id, values }) => write(id, values));
  const logged = log.generations.find((entry) => entry.generation === generation);
  if (logged === undefined) {
    const candidates = asked.map(({ id, values, recipeText }) => ({
      id,
      values: [...values],
      recipe: sha256(recipeText),
    }));
    log.append("asked", { at: elapsed(), generation, candidates });
    return asked;
  }
  const again = asked.length > 0 ? asked : logged.candidates.map(({ id, values }) => write(id, values));
  assertSameRecipes(again, logged);
  return again;
}

function writeRecipe(space: CandidateSpace, values: readonly number[]): string {
  try {
    return space.recipe(values);
  } catch (error) {
    return unmergeableText(error);
  }
}

function assertSameRecipes(asked: readonly Asked[], logged: LoggedGeneration): void {
  const same =
    asked.length === logged.candidates.length &&
    asked.every(({ recipeText }, i) => sha256(recipeText) === logged.candidates[i]!.recipe);
  if (same) return;
  const problem = "it has other candidates than this version of merganser would ask for";
  throw searchFaults.unreadable_log({ at: `generation ${logged.generation}`, problem });
}
