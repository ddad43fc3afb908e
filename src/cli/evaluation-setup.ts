/** What another process must have open to evaluate a search's recipes as this one does. */

import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { loadTask } from "../evaluate/load-task.ts";
import type { Search } from "../search/search.ts";
import {
  type CandidateEvaluator,
  type CandidateInputs,
  createModelCache,
  type DividedTask,
  hashItems,
  hashQuestions,
  openCandidateEvaluator,
} from "./candidate-evaluator.ts";
import { cliErrors } from "./errors.ts";
import { taskFiles } from "./task-files.ts";

const SETUP = z.object({
  /** With what `Model.identity` says. */
  models: z.array(z.object({ path: z.string(), identity: z.string() })),
  /** `items` is their hash, `questions` that of how they are asked and scored. */
  tasks: z.array(
    z.object({
      file: z.string(),
      metric: z.string(),
      limit: z.int().nullable(),
      finalItems: z.int(),
      items: z.string(),
      questions: z.string(),
    }),
  ),
  /** As the evaluator takes them: readings with drafts may differ from others in the last bit. */
  cacheBytes: z.number(),
  draftRecipe: z.string().nullable(),
  /** As `chooseHold` takes them. */
  weights: z.enum(["float32", "stored"]).nullable(),
  boundBytes: z.number().nullable(),
});

/** Models and items by place and by content. */
export type EvaluationSetup = z.infer<typeof SETUP>;

/** Describes what a search has open. */
export function evaluationSetup(
  search: Search,
  tasks: readonly DividedTask[],
  { cacheBytes, draftRecipe, wishes = {} }: Pick<CandidateInputs, "cacheBytes" | "draftRecipe" | "wishes">,
  identityOf: (path: string) => string,
): EvaluationSetup {
  const paths = new Set([...search.parents, ...(search.next?.models ?? [])].map(({ path }) => path));
  return {
    models: [...paths].map((path) => ({ path, identity: identityOf(path) })),
    tasks: tasks.map(({ task, metric, limits }, i) => ({
      ...{ file: search.tasks[i]!.file, metric, items: hashItems({ task, limits }), questions: hashQuestions(task) },
      ...{ limit: limits.limit ?? null, finalItems: limits.finalItems },
    })),
    ...{ cacheBytes: cacheBytes ?? 0, draftRecipe: draftRecipe ?? null },
    ...{ weights: wishes.weights ?? null, boundBytes: wishes.bound ?? null },
  };
}

/** How a setup of another process is opened here. */
export interface SetupOptions {
  /** Says where a path lies here; hub ids stay what they are. */
  readonly locate: (path: string) => string;
  readonly threads: number | undefined;
}

/**
 * Opens here what a search has open elsewhere, and checks that it is the same.
 *
 * @throws cli/other_contents, cli/other_version for a setup that this version cannot read, and what opening raises.
 */
export function openEvaluationSetup(json: Json, { locate, threads }: SetupOptions): CandidateEvaluator {
  const { success, data } = SETUP.safeParse(json);
  if (!success) throw cliErrors.other_version({ got: "a setup that this version does not know" });
  const openModel = createModelCache(locate);
  for (const { path, identity } of data.models)
    if (openModel(path).model.identity() !== identity)
      throw cliErrors.other_contents({ path: locate(path), what: "model" });
  const tasks = data.tasks.map(({ file, metric, limit, finalItems, items, questions }): DividedTask => {
    const divided = {
      task: loadTask(locate(file), taskFiles),
      metric,
      limits: { limit: limit ?? undefined, finalItems },
    };
    if (hashItems(divided) !== items || hashQuestions(divided.task) !== questions)
      throw cliErrors.other_contents({ path: locate(file), what: "task" });
    return divided;
  });
  const { cacheBytes, draftRecipe, weights, boundBytes } = data;
  const wishes = { weights: weights ?? undefined, bound: boundBytes ?? undefined };
  const drafts = draftRecipe === null ? {} : { draftRecipe };
  return openCandidateEvaluator({ tasks, openModel, threads, wishes, cacheBytes, ...drafts });
}
