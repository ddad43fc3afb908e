import { defineErrors } from "../base/errors.ts";

/** What can be wrong with a pool of models, a breeding file, or what was learned so far. */
export const selectErrors = defineErrors("select", "input", {
  nothing_to_compare: (d: { models: readonly string[] }) =>
    `no two of the models share a tensor of floating-point numbers: ${d.models.join(", ")}; choose models of one architecture and size`,
  too_many_models: (d: { count: number; limit: number }) =>
    `${d.count} models are too many to compare in one pass; at most ${d.limit} can be`,
  bad_breed_file: (d: { problems: readonly string[] }) => d.problems.join("; "),
  settings_changed: (d: { settings: readonly string[] }) =>
    `the run was started with other settings (${d.settings.join(", ")}); change them back, or choose another --out`,
  nothing_scored: (d: { model: string; reason: string }) =>
    `none of the foundation models could be scored; the first, ${d.model}, failed: ${d.reason}`,
  bad_select_file: (d: { problems: readonly string[] }) => d.problems.join("; "),
  too_few_merges: (d: { pairs: number; needed: number }) =>
    `${d.pairs} pairs were merged so far, and learning needs at least ${d.needed}; raise budget.merges or add models`,
  unreadable_selector: (d: { file: string; reason: string }) =>
    `${d.file}: is not a selector (${d.reason}); run "merganser select fit" again`,
  unknown_task: (d: { task: string; known: readonly string[] }) =>
    `there is no task "${d.task}" in the file; choose one of ${d.known.join(", ")}`,
  unscored_models: (d: { models: readonly string[]; reason: string }) =>
    `no plan is possible without a score of ${d.models.join(", ")}: ${d.reason}; leave broken models out`,
  unknown_model: (d: { model: string; known: readonly string[] }) =>
    `there is no model "${d.model}" in the file; choose among ${d.known.join(", ")}`,
});
