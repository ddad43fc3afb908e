import { evaluateErrors } from "./errors.ts";
import type { Score } from "./score.ts";
import type { Task } from "./task.ts";
import type { TaskGroup } from "./task-group.ts";

/** A task with its scores; items do not matter here. */
export interface ScoredResult {
  readonly task: Pick<Task, "name">;
  readonly scores: Readonly<Record<string, Score>>;
}

/**
 * Returns a group's scores: means of its tasks' scores of the same name.
 *
 * @throws evaluate/no_such_score where a task lacks a score that the group names.
 */
export function groupScores(group: TaskGroup, results: readonly ScoredResult[]): Readonly<Record<string, Score>> {
  const members = results.filter(({ task }) => group.members.includes(task.name));
  const shared = Object.keys(members[0]?.scores ?? {}).filter((name) =>
    members.every(({ scores }) => scores[name] !== undefined),
  );
  if (group.aggregates === undefined)
    return Object.fromEntries(shared.map((name) => [name, combined(members, name, false)]));
  const entries = group.aggregates.flatMap(({ metric, filters, weightBySize }) => {
    const names = shared.filter((name) => {
      const [base, filter] = name.split(",");
      return base === metric && (filter === undefined || filters === undefined || filters.includes(filter));
    });
    if (names.length === 0) throw evaluateErrors.no_such_score({ task: group.name, score: metric, known: shared });
    return names.map((name) => [name, combined(members, name, weightBySize)] as const);
  });
  return Object.fromEntries(entries);
}

/**
 * A weighted mean of independent scores, with an interval made of theirs.
 *
 *     Σ wₜ vₜ − √Σ wₜ² (vₜ − lowₜ)²,  Σ wₜ vₜ + √Σ wₜ² (highₜ − vₜ)²          "MOVER"
 *
 * @source Zou & Donner 2008, "Construction of confidence limits about effect measures", https://doi.org/10.1002/sim.3095
 */
function combined(members: readonly ScoredResult[], name: string, weightBySize: boolean): Score {
  const scores = members.map((member) => member.scores[name]!);
  const sizes = scores.map(({ n }) => (weightBySize ? n : 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const sum = (of: (score: Score, weight: number) => number): number =>
    scores.reduce((all, score, i) => all + of(score, sizes[i]! / total), 0);
  const value = sum((score, weight) => weight * score.value);
  return {
    value,
    n: scores.reduce((all, { n }) => all + n, 0),
    low: value - Math.sqrt(sum((score, weight) => (weight * (score.value - score.low)) ** 2)),
    high: value + Math.sqrt(sum((score, weight) => (weight * (score.high - score.value)) ** 2)),
  };
}
