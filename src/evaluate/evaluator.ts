import type { LanguageModel } from "../model/language-model.ts";
import { type EvaluationProgress, evaluateTask, type TaskResult } from "./evaluate-task.ts";
import type { Item } from "./item.ts";
import type { Score } from "./score.ts";
import type { Task } from "./task.ts";

/** A task, and those of its items that count. */
export interface SelectedTask {
  readonly task: Task;
  /** n ≥ 1. */
  readonly items: readonly Item[];
}

/** How a model did on a task. */
export interface TaskScores {
  readonly task: Task;
  /** By score name. */
  readonly scores: Readonly<Record<string, Score>>;
  /** Item by item; undefined where the evaluator gives scores alone, so that nothing can be paired. */
  readonly result: TaskResult | undefined;
}

/** Settings of one evaluation. */
export interface EvaluatorOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Whatever can say how good one model is on tasks: our engine, a server, another program. */
export interface Evaluator {
  /** @returns one entry a task, in order. */
  evaluate(tasks: readonly SelectedTask[], options?: EvaluatorOptions): Promise<readonly TaskScores[]>;
}

/** An evaluator that asks a model the items, whoever runs it. The caller disposes of the model. */
export function createModelEvaluator(model: LanguageModel): Evaluator {
  return {
    async evaluate(tasks, options = {}) {
      const all: TaskScores[] = [];
      for (const { task, items } of tasks) {
        const result = await evaluateTask(task, items, model, options);
        all.push({ task, scores: result.scores, result });
      }
      return all;
    },
  };
}
