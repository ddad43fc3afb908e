import { type CodedError, defineErrors } from "../base/errors.ts";

const suggestion = (nearest: string | undefined, known: readonly string[]): string =>
  `${nearest === undefined ? "" : `did you mean "${nearest}"? `}(known: ${known.join(", ")})`;

/** Errors of search files and of runs that the user can mend. `where` is `file:line:column`. */
export const searchErrors = defineErrors("search", "input", {
  several_problems: (d: { problems: readonly CodedError[] }) =>
    `${d.problems.length} problems:\n${d.problems.map((problem) => `- ${problem.message}`).join("\n")}`,
  bad_yaml: (d: { where: string; problem: string }) => `${d.where}: this is not YAML: ${d.problem}`,
  missing_key: (d: { where: string; key: string }) => `${d.where}: "${d.key}" is missing; add it`,
  unknown_key: (d: { where: string; key: string; nearest: string | undefined; known: readonly string[] }) =>
    `${d.where}: there is no key "${d.key}"; ${suggestion(d.nearest, d.known)}`,
  bad_value: (d: { where: string; key: string; got: string; expected: string }) =>
    `${d.where}: "${d.key}" must be ${d.expected}, got ${d.got}`,
  unknown_method: (d: { where: string; method: string; nearest: string | undefined; known: readonly string[] }) =>
    `${d.where}: there is no merge method "${d.method}"; ${suggestion(d.nearest, d.known)}`,
  unknown_parameter: (d: {
    where: string;
    method: string;
    parameter: string;
    nearest: string | undefined;
    known: readonly string[];
  }) => `${d.where}: ${d.method} has no parameter "${d.parameter}"; ${suggestion(d.nearest, d.known)}`,
  not_searchable: (d: { where: string; method: string; parameter: string }) =>
    `${d.where}: "${d.parameter}" of ${d.method} is true or false and has no range; write [false, true] to search both, or set it under "parameters"`,
  parameter_twice: (d: { where: string; parameter: string }) =>
    `${d.where}: "${d.parameter}" is both fixed under "parameters" and searched under "space"; remove one of them`,
  missing_parameter: (d: { where: string; method: string; parameter: string }) =>
    `${d.where}: ${d.method} needs "${d.parameter}"; fix it under "parameters", or search it under "space"`,
  empty_space: (d: { where: string; method: string; known: readonly string[] }) =>
    `${d.where}: "space" has nothing to search; ${d.known.length === 0 ? `${d.method} has no parameters, so use it under "compare", or as one of several methods (kind: methods)` : `give a range to a parameter of ${d.method} (known: ${d.known.join(", ")})`}`,
  empty_range: (d: { where: string; parameter: string; low: number; high: number }) =>
    `${d.where}: the range of "${d.parameter}" is empty: low ${d.low}, high ${d.high}; low must be below high`,
  bad_range: (d: { where: string; parameter: string; problem: string }) =>
    `${d.where}: "${d.parameter}" cannot be searched like this: it ${d.problem}`,
  bad_start: (d: { where: string; problem: string }) =>
    `${d.where}: the search cannot begin there: ${d.problem}; begin with a recipe of this search's space, or leave "start" out`,
  start_outside: (d: { where: string; parameter: string; low: number; high: number; start: number }) =>
    `${d.where}: the start of "${d.parameter}", ${d.start}, is outside its range; allowed: ${d.low} to ${d.high}`,
  outside_method_range: (d: {
    where: string;
    method: string;
    parameter: string;
    low: number;
    high: number;
    range: readonly [number, number];
  }) =>
    `${d.where}: the range of "${d.parameter}", ${d.low} to ${d.high}, leaves what ${d.method} allows, ${d.range[0]} to ${d.range[1]}`,
  unknown_optimiser: (d: { where: string; optimiser: string; nearest: string | undefined; known: readonly string[] }) =>
    `${d.where}: there is no optimiser "${d.optimiser}"; ${suggestion(d.nearest, d.known)}`,
  bad_optimiser_setting: (d: { where: string; problem: string }) => `${d.where}: ${d.problem}`,
  base_missing: (d: { where: string; method: string }) =>
    `${d.where}: ${d.method} needs a base model; add "base_model"`,
  wrong_model_count: (d: {
    where: string;
    method: string;
    count: number;
    fewest: number;
    most: number;
    hint: string;
  }) =>
    `${d.where}: ${d.method} takes ${d.fewest === d.most ? d.fewest : `${d.fewest} to ${d.most}`} inputs with the base counted, and these are ${d.count}${d.hint}`,
  same_name: (d: { where: string; what: string; name: string }) =>
    `${d.where}: two ${d.what} are called "${d.name}"; each must be there once and have a name of its own`,
  too_many_groups: (d: { where: string; groups: number; layers: number }) =>
    `${d.where}: "layer_groups" is ${d.groups}, and the models have ${d.layers} layers; allowed: 1 to ${d.layers}`,
  layers_differ: (d: { where: string; layers: Readonly<Record<string, number>> }) =>
    `${d.where}: layer groups need models of equal depth, and these have ${Object.entries(d.layers)
      .map(([model, count]) => `${model} ${count}`)
      .join(", ")} layers; use "layer_groups: 1"`,
  unknown_metric: (d: {
    where: string;
    task: string;
    metric: string;
    nearest: string | undefined;
    known: readonly string[];
  }) => `${d.where}: the task ${d.task} has no metric "${d.metric}"; ${suggestion(d.nearest, d.known)}`,
  mixed_directions: (d: { where: string; rising: string; falling: string }) =>
    `${d.where}: a search needs scores that it can average, and ${d.rising} should rise while ${d.falling} should fall; use one kind`,
  unknown_model: (d: { where: string; model: string; nearest: string | undefined; known: readonly string[] }) =>
    `${d.where}: "${d.model}" is none of the search's models; ${suggestion(d.nearest, d.known)}`,
  unknown_preset: (d: { where: string; preset: string; nearest: string | undefined; known: readonly string[] }) =>
    `${d.where}: there is no preset "${d.preset}"; ${suggestion(d.nearest, d.known)}`,
  bad_path: (d: { problem: string }) => `this order of layers cannot be merged: ${d.problem}`,
  too_few_items: (d: { task: string; all: number; searched: number; kept: number; blocks: number }) =>
    `the task ${d.task} has ${d.all} search items, of which the search would use ${d.searched} in ${d.blocks} blocks and keep ${d.kept} for the final choice; lower "limit", "final.items" or "racing.blocks"${d.blocks === 1 ? "" : ', or do without racing (nothing behind "racing:" takes a preset\'s away)'}`,
  no_budget: (d: { evaluations: number }) =>
    `the budget is ${d.evaluations} evaluations; allowed: whole numbers from 1`,
  settings_changed: (d: { changed: readonly { setting: string; was: string; now: string }[] }) =>
    `the run was started with other settings: ${d.changed
      .map(({ setting, was, now }) => `${setting} was ${was} and is ${now}`)
      .join("; ")}; resume it with the old ones, or start a new run in another folder`,
  not_scored: (d: { model: string; split: string; reason: string }) =>
    `${d.model} cannot be scored on the ${d.split} items, so there is nothing to compare with: ${d.reason}`,
  every_candidate_failed: (d: { candidates: number; reasons: number; reason: string }) =>
    d.candidates === 1
      ? `the only candidate failed: ${d.reason}`
      : `all ${d.candidates} candidates failed, ${d.reasons === 1 ? "each" : `for ${d.reasons} reasons, the first`} with: ${d.reason}`,
});

/** Errors of a log that this version did not write or that was changed by hand. */
export const searchFaults = defineErrors("search", "environment", {
  unreadable_log: (d: { at: string; problem: string }) =>
    `the run's log cannot be followed at ${d.at}: ${d.problem}; start a new run in another folder`,
  unreadable_answer: (d: { problem: string }) =>
    `what a worker answered cannot be read: ${d.problem}; see that nothing else writes to the queue, and resume`,
});

/** Throws what was found: nothing if nothing was, the problem itself if there is one, all of them together otherwise. */
export function throwProblems(problems: readonly CodedError[]): void {
  if (problems.length === 1) throw problems[0]!;
  if (problems.length > 1) throw searchErrors.several_problems({ problems });
}
