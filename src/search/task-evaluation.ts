import type { Json } from "../base/canonical-json.ts";
import type { TaskResult } from "../evaluate/evaluate-task.ts";
import type { Aggregation } from "../evaluate/metrics/metric.ts";
import { itemRows } from "../evaluate/results.ts";
import { scoreName } from "../evaluate/scoring.ts";
import type { Task } from "../evaluate/task.ts";

/** A task as a search uses it: with the one metric that counts. */
export interface ScoredTask {
  readonly name: string;
  readonly metric: string;
  readonly aggregation: Aggregation;
  readonly higherIsBetter: boolean;
}

/** How a model did on one task. */
export interface TaskEvaluation {
  /** The task's name. */
  readonly task: string;
  readonly items: readonly {
    /** Identifies the item within its task and split. */
    readonly item: string;
    /** Of the metric that counts; NaN where the model gave nothing that can be measured. */
    readonly value: number;
    /** Whatever else is worth keeping. */
    readonly detail?: Json;
  }[];
}

/** Items that the search may see, and those it is judged on. */
export type SearchSplit = "search" | "holdout";

/**
 * Merges and evaluates a recipe on all tasks of the search, without writing the merge. Must give the same values for
 * the same recipe. Whatever it throws makes the candidate a failed one, unless the signal was aborted.
 */
export type EvaluateRecipe = (
  recipeText: string,
  split: SearchSplit,
  signal: AbortSignal,
) => Promise<readonly TaskEvaluation[]>;

/** The metrics of a task that a search may ask for, by the names that scores have in results. */
export function taskMetrics({ scoring }: Task): readonly Omit<ScoredTask, "name">[] {
  return scoring.pipelines.flatMap((pipeline) =>
    scoring.metrics.map((use) => ({
      metric: scoreName(scoring, pipeline, use),
      aggregation: use.metric.aggregation,
      higherIsBetter: use.higherIsBetter,
    })),
  );
}

/** Takes the values of one metric, and what the model answered, out of a task's results. */
export function toTaskEvaluation(result: TaskResult, metric: string): TaskEvaluation {
  const rows = itemRows(result);
  return {
    task: result.task.name,
    items: result.items.map(({ item, values }, i) => {
      // Prompt and target are the same for every candidate, and stand in the task's data.
      const { prompt: _prompt, target: _target, task: _task, ...detail } = rows[i]!;
      return { item: `${item.split}/${item.index}`, value: values[metric]!, detail };
    }),
  };
}
