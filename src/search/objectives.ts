/** What a search makes of the scores of several tasks: objectives, and constraints against the parents. */

import type { ModelScore } from "./combined-score.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** How candidates are judged. */
export interface Objectives {
  /** In the order in which tasks first name them. */
  readonly names: readonly string[];
  /** One value for each name, all to be minimised: weighted means of the objective's tasks. */
  losses(score: ModelScore): readonly number[];
  /** By how much scores fall behind what they may, summed; 0 when all constraints hold. */
  violation(score: ModelScore): number;
}

/**
 * Reads objectives and constraints off the tasks.
 *
 * @param parents - on the search items; a constraint counts from the best of them.
 */
export function objectivesOf(tasks: readonly ScoredTask[], parents: readonly ModelScore[]): Objectives {
  const names = [...new Set(tasks.map(objectiveName))];
  const sign = tasks[0]!.higherIsBetter ? -1 : 1;
  const lossOf = (score: ModelScore, { name }: ScoredTask): number => sign * score.tasks.get(name)!.value;
  const limits = tasks.flatMap((task) => {
    if (task.loseAtMost === undefined || parents.length === 0) return [];
    return [{ task, most: Math.min(...parents.map((parent) => lossOf(parent, task))) + task.loseAtMost }];
  });
  return {
    names,
    losses: (score) =>
      names.map((name) => {
        const own = tasks.filter((task) => objectiveName(task) === name);
        const total = own.reduce((sum, { weight = 1 }) => sum + weight, 0);
        return own.reduce((sum, task) => sum + ((task.weight ?? 1) / total) * lossOf(score, task), 0);
      }),
    violation: (score) => limits.reduce((sum, { task, most }) => sum + Math.max(0, lossOf(score, task) - most), 0),
  };
}

function objectiveName({ objective, name }: ScoredTask): string {
  return objective ?? name;
}
