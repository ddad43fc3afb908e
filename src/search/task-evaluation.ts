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
  /** In the mean of all tasks. @default 1 */
  readonly weight?: number;
  /** Tasks with one name are one objective. @default the task's name */
  readonly objective?: string;
  /** How far a candidate may fall behind the best parent; undefined for no limit. */
  readonly loseAtMost?: number;
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

/** Items that the search may see, search items kept back for the final choice, and those it is judged on. */
export type SearchSplit = "search" | "final" | "holdout";

/** A part of a split's items: the same part of every task. `itemsOfBlock` says which. */
export interface ItemBlock {
  /** From 0. */
  readonly index: number;
  readonly blocks: number;
  /** Where the blocks begin: the candidate's generation in the search, or any number that is the same for it. @default 0 */
  readonly turn?: number | undefined;
}

/** Says which block it is, in the log of a run. */
export function blockName({ index, blocks, turn = 0 }: ItemBlock): string {
  return `${index}/${blocks}@${turn}`;
}

/**
 * Merges and evaluates a recipe on all tasks of the search, without writing the merge. Must give the same values for
 * the same recipe. Whatever it throws makes the candidate a failed one, unless the signal was aborted.
 */
export type EvaluateRecipe = (
  recipeText: string,
  split: SearchSplit,
  signal: AbortSignal,
  /** @default all items of the split */
  block?: ItemBlock,
) => Promise<readonly TaskEvaluation[]>;

/** The metrics of a task that a search may ask for, by the names that scores have in results. */
export function taskMetrics({ scoring }: Task): readonly Omit<ScoredTask, "name">[] {
  return scoring.pipelines.flatMap((pipeline) =>
    scoring.metrics.map((use) => ({
      metric: scoreName(scoring, pipeline, use),
      aggregation: use.aggregation,
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
