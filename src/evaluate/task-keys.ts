/** The keys of lm-evaluation-harness' task files that are read, and what each may hold. */

import { z } from "zod";
import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { evaluateErrors } from "./errors.ts";
import type { KeyPath, TaskSource } from "./task-source.ts";

// Each type's error text is the phrase after "must be" in evaluate/bad_value.
const text = z.string("a text");
const name = text.min(1, "a text that is not empty");
const count = z.int("a whole number").min(0, "a whole number from 0");
const flag = z.boolean("true or false");
const names = z.union([text, z.array(text)], "a text or a list of texts");
const scalar = z.union([text, z.number(), z.boolean()]);
const anything = z.unknown().optional();
const entries = (what: string) => z.array(z.looseObject({}, what), `a list of ${what}`);

const files = z.union([name, z.array(name)], "a path or a list of paths");
const dataFiles = z.union([files, z.record(z.string(), files)], "a path, a list of paths, or a map of split to path");
const target = z.union([text, z.int(), z.array(scalar)], "a template, the name of a field, an index, or a list");
const choices = z.union(
  [text, z.array(z.union([text, z.number()])), z.record(z.string(), text)],
  "a template, the name of a field, or a list of texts (quote words such as yes and no)",
);
const examples = z.array(z.record(z.string(), z.json()), "a list of mappings").min(1, "a list that is not empty");

const OUTPUT_TYPES = ["generate_until", "multiple_choice", "loglikelihood", "loglikelihood_rolling"] as const;

/** How a task asks: for a text to be written, the best of several continuations, the probability of one, or of a text. */
export type OutputType = (typeof OUTPUT_TYPES)[number];

const GENERATION_KEYS = z.strictObject({
  until: names.optional(),
  max_gen_toks: count.min(1, "a whole number from 1").optional(),
  max_new_tokens: count.min(1, "a whole number from 1").optional(),
  max_tokens: count.min(1, "a whole number from 1").optional(),
  do_sample: flag.optional(),
  temperature: z.number("a number from 0").min(0, "a number from 0").optional(),
  top_k: z.int("a whole number").min(0, "a whole number from 0").optional(),
  top_p: z.number("a number above 0, at most 1").gt(0, "above 0").max(1, "at most 1").optional(),
});

const FEWSHOT_KEYS = z.strictObject({
  sampler: z.enum(["default", "first_n"], '"default" or "first_n"').optional(),
  samples: examples.optional(),
  split: name.optional(),
  doc_to_text: text.optional(),
  doc_to_target: target.optional(),
  doc_to_choice: choices.optional(),
  gen_prefix: text.optional(),
  target_delimiter: text.optional(),
  fewshot_delimiter: text.optional(),
});

const DATASET_KEYS = z.strictObject({ data_files: dataFiles });

/** Formats of data files. */
const DATASET_KINDS = ["json", "parquet", "csv"] as const;

/** The schema of a task file after `include`, without its null values. */
export const TASK_KEYS = z.strictObject({
  task: name,
  task_alias: text.optional(),
  tag: names.optional(),
  dataset_path: z.enum(DATASET_KINDS, DATASET_KINDS.map((kind) => `"${kind}"`).join(" or ")),
  dataset_kwargs: DATASET_KEYS,
  test_split: name.optional(),
  validation_split: name.optional(),
  training_split: name.optional(),
  fewshot_split: name.optional(),
  search_split: name.optional(),
  holdout_split: name.optional(),
  doc_to_text: text,
  doc_to_target: target,
  doc_to_choice: choices.optional(),
  process_docs: z.union([name, z.array(z.looseObject({}))], "the name of a step, or a list of steps").optional(),
  gen_prefix: text.optional(),
  output_type: z.enum(OUTPUT_TYPES, `one of ${OUTPUT_TYPES.join(", ")}`).default("generate_until"),
  description: text.default(""),
  target_delimiter: text.default(" "),
  fewshot_delimiter: text.default("\n\n"),
  num_fewshot: count.default(0),
  fewshot_config: FEWSHOT_KEYS.prefault({}),
  generation_kwargs: GENERATION_KEYS.prefault({}),
  filter_list: entries("pipelines, each with a name and its filters").min(1, "a list that is not empty").optional(),
  metric_list: entries("mappings, each with a metric").min(1, "a list that is not empty").optional(),
  repeats: count.min(1, "a whole number from 1").max(1024, "at most 1024").default(1),
  should_decontaminate: anything,
  doc_to_decontamination_query: anything,
  metadata: anything,
});

/** A task file's keys, checked and with defaults filled in. Filters and metrics check their own settings. */
export type TaskKeys = z.infer<typeof TASK_KEYS>;

const REMOVE = "remove it, or score with lm-evaluation-harness";

/** Keys that the harness knows and we do not read yet, and what to do about each. */
const LATER: ReadonlyMap<string, string> = new Map([
  ["process_results", "use metric_list"],
  ["use_prompt", "write the prompt in doc_to_text"],
  ["doc_to_image", "only texts can be scored"],
  ["doc_to_audio", "only texts can be scored"],
  ["custom_dataset", "write the items to a JSONL file"],
  ["dataset_name", "name the files in dataset_kwargs.data_files"],
  ["unsafe_code", REMOVE],
  ["group", "a group has only group, group_alias, task, aggregate_metric_list and metadata"],
  ["task_list", "list the files under task, in a group"],
  ["fewshot_config.process_docs", "give the examples in fewshot_config.samples"],
  ["fewshot_config.fewshot_indices", "give the examples in fewshot_config.samples"],
  ["dataset_kwargs.field", "write the items to a JSONL file"],
  ["dataset_kwargs.data_dir", "name the files in dataset_kwargs.data_files"],
]);

const KEYS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["", [...Object.keys(TASK_KEYS.shape), "include"]],
  ["generation_kwargs", Object.keys(GENERATION_KEYS.shape)],
  ["fewshot_config", Object.keys(FEWSHOT_KEYS.shape)],
  ["dataset_kwargs", Object.keys(DATASET_KEYS.shape)],
]);

/** Checks the keys of a task file; what is wrong is added to `problems`, and then undefined is returned. */
export function checkTaskKeys(source: TaskSource, problems: CodedError[]): TaskKeys | undefined {
  const checked = TASK_KEYS.safeParse(source.keys);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) problems.push(...problemsOf(issue, source));
  return undefined;
}

/** What zod found, as coded errors at their places. @param prefix - where the checked value hangs in the file. */
export function problemsOf(issue: z.core.$ZodIssue, source: TaskSource, prefix: KeyPath = []): readonly CodedError[] {
  const path = [...prefix, ...(issue.path as KeyPath)];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, path, source));
  const got = valueAt(source.keys, path);
  const key = path.join(".");
  const where = source.at(path);
  const shown = got === undefined ? "nothing" : shorten(JSON.stringify(got));
  return [evaluateErrors.bad_value({ where, key, got: shown, expected: issue.message })];
}

/** An error for a key that no schema has. @param known - by default those of the schema at `path`. */
export function unknownKey(
  key: string,
  path: KeyPath,
  source: TaskSource,
  known: readonly string[] = KEYS_OF.get(path.join(".")) ?? [],
): CodedError {
  const where = source.at([...path, key]);
  const later = LATER.get([...path, key].join("."));
  if (later !== undefined) return evaluateErrors.not_supported({ where, what: `"${key}"`, fix: later });
  return evaluateErrors.unknown_key({ where, key, nearest: nearestName(key, known), known });
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** Cuts what stands in an error to a length that can be read. */
export function shorten(shown: string): string {
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}
