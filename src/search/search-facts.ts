import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { searchErrors, throwProblems } from "./errors.ts";
import { layerRanges } from "./parameter-space.ts";
import type { SearchFile } from "./search-file.ts";
import type { ScoredTask } from "./task-evaluation.ts";

/** What is known of a search once its models and tasks are open. */
export interface SearchFacts {
  /** Layers of each model that the search merges, by its name. */
  readonly layers: Readonly<Record<string, number>>;
  /** In the order of the search's tasks: the task's name and what each of its metrics is. */
  readonly tasks: readonly { readonly name: string; readonly metrics: readonly Omit<ScoredTask, "name">[] }[];
}

/**
 * Checks a search against its models and tasks.
 *
 * @returns the tasks with the metric that counts.
 * @throws search/layers_differ, search/too_many_groups, search/unknown_metric, search/mixed_directions, search/same_name
 */
export function checkSearchFacts(file: SearchFile, facts: SearchFacts): readonly ScoredTask[] {
  const problems: CodedError[] = [];
  checkLayers(file, facts, problems);
  const tasks = facts.tasks.flatMap(({ name, metrics }, i) => {
    const { metric } = file.search.tasks[i]!;
    const found = metrics.find((known) => known.metric === metric);
    const where = file.whereIs(["tasks", i, "metric"]);
    const known = metrics.map((one) => one.metric);
    if (found === undefined)
      problems.push(
        searchErrors.unknown_metric({ where, task: name, metric, nearest: nearestName(metric, known), known }),
      );
    if (facts.tasks.findIndex((task) => task.name === name) < i)
      problems.push(searchErrors.same_name({ where: file.whereIs(["tasks", i]), what: "tasks", name }));
    const { weight, objective, loseAtMost } = file.search.tasks[i]!;
    const role = {
      ...(weight === undefined ? {} : { weight }),
      ...(objective === undefined ? {} : { objective }),
      ...(loseAtMost === undefined ? {} : { loseAtMost }),
    };
    return found === undefined ? [] : [{ name, ...found, ...role }];
  });
  checkDirections(file, tasks, problems);
  throwProblems(problems);
  return tasks;
}

function checkLayers({ search, whereIs }: SearchFile, { layers }: SearchFacts, problems: CodedError[]): void {
  const groups = search.space.layerGroups;
  if (groups === 1) return;
  const where = whereIs(["space", "layer_groups"]);
  const counts = Object.values(layers);
  if (new Set(counts).size > 1) {
    problems.push(searchErrors.layers_differ({ where, layers }));
    return;
  }
  try {
    layerRanges(counts[0]!, groups, where);
  } catch (error) {
    problems.push(error as CodedError);
  }
}

function checkDirections({ whereIs }: SearchFile, tasks: readonly ScoredTask[], problems: CodedError[]): void {
  const rising = tasks.find(({ higherIsBetter }) => higherIsBetter);
  const falling = tasks.find(({ higherIsBetter }) => !higherIsBetter);
  if (rising === undefined || falling === undefined) return;
  const shown = ({ name, metric }: ScoredTask): string => `${metric} of ${name}`;
  problems.push(
    searchErrors.mixed_directions({ where: whereIs(["tasks"]), rising: shown(rising), falling: shown(falling) }),
  );
}
