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

const OUTPUT_TYPES = ["generate_until", "multiple_choice", "loglikelihood"] as const;

/** How a task asks: for a text to be written, for the best of several continuations, or for the probability of one. */
export type OutputType = (typeof OUTPUT_TYPES)[number];

const GENERATION_KEYS = z.strictObject({
  until: names.optional(),
  max_gen_toks: count.min(1, "a whole number from 1").optional(),
  max_new_tokens: count.min(1, "a whole number from 1").optional(),
  max_tokens: count.min(1, "a whole number from 1").optional(),
  do_sample: flag.optional(),
  temperature: z.number("a number").optional(),
  top_k: anything,
  top_p: anything,
});

const FEWSHOT_KEYS = z.strictObject({
  sampler: z.enum(["default", "first_n"], '"default" or "first_n"').optional(),
  samples: examples.optional(),
  split: name.optional(),
});

const DATASET_KEYS = z.strictObject({ data_files: dataFiles });

/** The schema of a task file after `include`, without its null values. */
export const TASK_KEYS = z.strictObject({
  task: name,
  task_alias: text.optional(),
  tag: names.optional(),
  dataset_path: z.literal("json", '"json"'),
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
  output_type: z.enum(OUTPUT_TYPES, `one of ${OUTPUT_TYPES.join(", ")}`).default("generate_until"),
  description: text.default(""),
  target_delimiter: text.default(" "),
  fewshot_delimiter: text.default("\n\n"),
  num_fewshot: count.default(0),
  fewshot_config: FEWSHOT_KEYS.prefault({}),
  generation_kwargs: GENERATION_KEYS.prefault({}),
  filter_list: entries("pipelines, each with a name and its filters").min(1, "a list that is not empty").optional(),
  metric_list: entries("mappings, each with a metric").min(1, "a list that is not empty").optional(),
  repeats: z.literal(1, "1, since decoding is greedy").default(1),
  should_decontaminate: anything,
  doc_to_decontamination_query: anything,
  metadata: anything,
});

/** A task file's keys, checked and with defaults filled in. Filters and metrics check their own settings. */
export type TaskKeys = z.infer<typeof TASK_KEYS>;

const REMOVE = "remove it, or score with lm-evaluation-harness";

/** Keys that the harness knows and we do not read yet, and what to do about each. */
const LATER: ReadonlyMap<string, string> = new Map([
  ["process_docs", "change the data file instead"],
  ["process_results", "use metric_list"],
  ["use_prompt", "write the prompt in doc_to_text"],
  ["doc_to_image", "only texts can be scored"],
  ["doc_to_audio", "only texts can be scored"],
  ["custom_dataset", "write the items to a JSONL file"],
  ["dataset_name", "name the files in dataset_kwargs.data_files"],
  ["gen_prefix", "put it at the end of doc_to_text"],
  ["unsafe_code", REMOVE],
  ["group", "give the task files one by one"],
  ["group_alias", "give the task files one by one"],
  ["aggregate_metric_list", "give the task files one by one"],
  ["weight_by_size", "give the task files one by one"],
  ["task_list", "give the task files one by one"],
  ["fewshot_config.process_docs", "give the examples in fewshot_config.samples"],
  ["fewshot_config.fewshot_indices", "give the examples in fewshot_config.samples"],
  ["fewshot_config.doc_to_text", "use the task's own doc_to_text"],
  ["fewshot_config.doc_to_target", "use the task's own doc_to_target"],
  ["fewshot_config.doc_to_choice", "use the task's own doc_to_choice"],
  ["fewshot_config.fewshot_delimiter", "use the task's own fewshot_delimiter"],
  ["fewshot_config.target_delimiter", "use the task's own target_delimiter"],
  ["fewshot_config.gen_prefix", "use the task's own doc_to_text"],
  ["dataset_kwargs.field", "write the items to a JSONL file"],
  ["dataset_kwargs.data_dir", "name the files in dataset_kwargs.data_files"],
]);

/** Values that the harness knows and we do not read yet. */
const LATER_VALUES: ReadonlyMap<string, ReadonlyMap<unknown, string>> = new Map([
  [
    "dataset_path",
    new Map<unknown, string>([
      ["parquet", "convert it to JSONL"],
      ["csv", "convert it to JSONL"],
    ]),
  ],
  ["output_type", new Map<unknown, string>([["loglikelihood_rolling", REMOVE]])],
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
  const later = LATER_VALUES.get(key)?.get(got);
  const where = source.at(path);
  if (later !== undefined) return [evaluateErrors.not_supported({ where, what: `"${key}: ${got}"`, fix: later })];
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
