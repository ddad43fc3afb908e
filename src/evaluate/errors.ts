import { type CodedError, defineErrors } from "../base/errors.ts";

/** Errors of task files, of their data, and of comparisons. `where` is `file:line:column`, or `file:line` in data. */
export const evaluateErrors = defineErrors("evaluate", "input", {
  several_problems: (d: { problems: readonly CodedError[] }) =>
    `${d.problems.length} problems:\n${d.problems.map((problem) => `- ${problem.message}`).join("\n")}`,
  file_missing: (d: { where: string; path: string }) =>
    d.where === d.path
      ? `${d.path}: this file cannot be read; give the path of a task file`
      : `${d.where}: the file "${d.path}" cannot be read; paths are relative to the task file that names them`,
  bad_yaml: (d: { where: string; problem: string }) => `${d.where}: this is not YAML: ${d.problem}`,
  not_a_task: (d: { where: string }) =>
    `${d.where}: a task file is a YAML mapping that starts with its name, for example "task: arithmetic"`,
  include_cycle: (d: { where: string; path: string }) =>
    `${d.where}: "include: ${d.path}" leads back to a file that is being read; remove one of the includes`,
  code_refused: (d: { where: string; tag: string }) =>
    `${d.where}: the tag "${d.tag}" asks to run code, and nothing in a task file is run; write a template instead`,
  unknown_key: (d: { where: string; key: string; nearest: string | undefined; known: readonly string[] }) =>
    `${d.where}: "${d.key}" is not a key that is read here; ` +
    (d.nearest === undefined ? `remove it (known: ${d.known.join(", ")})` : `did you mean "${d.nearest}"?`),
  not_supported: (d: { where: string; what: string; fix: string }) =>
    `${d.where}: ${d.what} is not supported yet; ${d.fix}`,
  bad_value: (d: { where: string; key: string; got: string; expected: string }) =>
    `${d.where}: "${d.key}" must be ${d.expected}, got ${d.got}`,
  unknown_name: (d: {
    where: string;
    kind: "filter" | "metric" | "step";
    name: string;
    nearest: string | undefined;
    known: readonly string[];
  }) =>
    `${d.where}: no ${d.kind} is called "${d.name}"${d.nearest ? `; did you mean "${d.nearest}"?` : ""} ` +
    `(known: ${d.known.join(", ")})`,
  unfit_metric: (d: { where: string; metric: string; outputType: string; fitting: readonly string[] }) =>
    `${d.where}: the metric "${d.metric}" cannot score "output_type: ${d.outputType}"; use ${d.fitting.join(" or ")}`,
  unknown_split: (d: { where: string; key: string; split: string; known: readonly string[] }) =>
    `${d.where}: "${d.key}" names the split "${d.split}", which is not among the data files ` +
    `(known: ${d.known.join(", ")})`,
  bad_template: (d: { where: string; key: string; problem: string }) =>
    `${d.where}: the template of "${d.key}" cannot be used: ${d.problem}`,
  bad_regex: (d: { where: string; pattern: string; problem: string }) =>
    `${d.where}: the regular expression ${JSON.stringify(d.pattern)} cannot be used: ${d.problem}`,
  bad_data: (d: { where: string; problem: string }) => `${d.where}: ${d.problem}`,
  no_items: (d: { where: string; task: string; split: string; why: string }) =>
    `${d.where}: the task "${d.task}" has no items to score in "${d.split}": ${d.why}`,
  missing_field: (d: {
    where: string;
    key: string;
    field: string;
    nearest: string | undefined;
    known: readonly string[];
  }) =>
    `${d.where}: the item has no value "${d.field}", which "${d.key}" names` +
    `${d.nearest ? `; did you mean "${d.nearest}"?` : ""} (it has: ${d.known.join(", ")})`,
  bad_target: (d: { where: string; got: string; expected: string }) =>
    `${d.where}: "doc_to_target" gives ${d.got}; it must give ${d.expected}`,
  bad_choices: (d: { where: string; got: string }) =>
    `${d.where}: "doc_to_choice" gives ${d.got}; it must give a list of at least one text`,
  too_few_examples: (d: { where: string; wanted: number; available: number }) =>
    `${d.where}: "num_fewshot" asks for ${d.wanted} examples, and ${d.available} are available; ask for fewer`,
  different_items: (d: { task: string; only: string }) =>
    `the two results of "${d.task}" are of different items (only one has ${d.only}); evaluate both on the same split and limit`,
  no_such_score: (d: { task: string; score: string; known: readonly string[] }) =>
    `the results of "${d.task}" have no score "${d.score}" (known: ${d.known.join(", ")})`,
  same_name: (d: { task: string }) =>
    `two tasks are called "${d.task}", so their scores cannot be told apart; change "task" in one of the files`,
});

/** Throws what was found: nothing if nothing was, the problem itself if there is one, all of them together otherwise. */
export function throwProblems(problems: readonly CodedError[]): void {
  if (problems.length === 1) throw problems[0]!;
  if (problems.length > 1) throw evaluateErrors.several_problems({ problems });
}
