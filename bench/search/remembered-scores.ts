/** Scores that runs of a study share: parents, plain merges, and what was scored before the study was stopped. */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { sha256 } from "../../src/base/hash.ts";
import type { EvaluateRecipe, TaskEvaluation } from "../../src/search/task-evaluation.ts";

/**
 * Remembers in a file what a recipe scored on all items of a split. Blocks of items belong to one run and are not kept.
 *
 * @param subject - what else the scores depend on: tasks, limits and models.
 */
export function rememberScores(path: string, subject: string, evaluate: EvaluateRecipe): EvaluateRecipe {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  const known = new Map(
    lines.map((line) => {
      const { key, scores } = JSON.parse(line) as { readonly key: string; readonly scores: readonly TaskEvaluation[] };
      return [key, scores] as const;
    }),
  );
  return async (recipeText, split, signal, block) => {
    if (block !== undefined) return evaluate(recipeText, split, signal, block);
    const key = sha256(`${subject}\n${split}\n${recipeText}`);
    const found = known.get(key);
    if (found !== undefined) return found;
    const scored = await evaluate(recipeText, split, signal);
    const scores = scored.map(({ task, items }) => ({
      task,
      items: items.map(({ item, value }) => ({ item, value })),
    }));
    known.set(key, scores);
    appendFileSync(path, `${JSON.stringify({ key, scores })}\n`);
    return scores;
  };
}
