/**
 * Every problem that a recipe can have: what is wrong, and beside it what to write instead.
 *
 * A recipe's problems are collected, not thrown (`createReport`), so the place in the text is not part of the sentence.
 */

import { defineErrors } from "../base/errors.ts";
import { entry, known, suggest } from "./problem-entry.ts";
import { VOCABULARY } from "./vocabulary-errors.ts";

const YAML = {
  yaml_syntax: entry(
    (d: { why: string }) => `the text is not YAML: ${d.why}`,
    () => "mend the text at this place; look for a missing bracket, quote or colon, or wrong indentation",
  ),
  too_large: entry(
    (d: { sizeBytes: number; maxBytes: number }) =>
      `the recipe is ${d.sizeBytes} bytes long, and at most ${d.maxBytes} are allowed`,
    () => "check that this is the right file",
  ),
  too_complex: entry(
    (d: { what: string; max: number }) => `the recipe has more than ${d.max} ${d.what}`,
    () => "write fewer aliases and levels",
  ),
  wrong_type: entry(
    (d: { what: string; expected: string; found: string }) => `${d.what} must be ${d.expected}, got ${d.found}`,
    (d) => `write ${d.expected}`,
  ),
  missing_key: entry(
    (d: { key: string; where: string; misspelt: string | undefined }) =>
      `${d.where} has no "${d.key}"${d.misspelt === undefined ? "" : `, but has "${d.misspelt}"`}`,
    (d) => (d.misspelt === undefined ? `add "${d.key}"` : `write "${d.key}" instead of "${d.misspelt}"`),
  ),
  unknown_key: entry(
    (d: { key: string; nearest: string | undefined; known: readonly string[] }) =>
      `the key "${d.key}" means nothing here and is ignored ${known(d.known)}`,
    (d) => suggest(d.nearest, "leave it out"),
  ),
  duplicate_key: entry(
    (d: { key: string }) => `the key "${d.key}" stands twice in one mapping; this one, the last, counts`,
    () => "keep one of them",
  ),
  layout_count: entry(
    (d: { found: readonly string[]; misspelt: string | undefined }) =>
      `exactly one of "models", "slices" and "modules" must be given and not be empty, got ${d.found.length === 0 ? "none" : d.found.join(" and ")}`,
    (d) =>
      d.misspelt === undefined
        ? "list the models to be merged under one of them"
        : `write the key without the mistake instead of "${d.misspelt}"`,
  ),
  duplicate_merge: entry(
    (d: { name: string }) => `two documents are called "${d.name}"`,
    () => "give each document a name of its own",
  ),
  bad_merge_name: entry(
    (d: { name: string }) => `"${d.name}" cannot be the name of a merge, which may become the name of a folder`,
    () => "choose a name without slashes that is not only dots",
  ),
  several_unnamed: entry(
    () => "more than one document has no name, and only the final merge may lack it",
    () => "add name: to all but the final one",
  ),
  final_unclear: entry(
    (d: { names: readonly string[] }) =>
      `every document has a name, and it is not clear which is the final merge: ${d.names.join(", ")} are used by no other`,
    () => "leave out the name of the final one",
  ),
  circular_merges: entry(
    (d: { names: readonly string[] }) => `the documents ${d.names.join(", ")} need each other's results`,
    () => "break the circle",
  ),
  merge_refused: entry(
    (d: { name: string }) => `the merge "${d.name}" of this recipe has problems of its own`,
    () => "mend its document first",
  ),
  merge_with_extras: entry(
    (d: { reference: string; name: string }) =>
      `"${d.reference}" adds an adapter to "${d.name}", which is a merge of this recipe and not on disk`,
    () => "merge with --intermediate-dir, and name the written folder with the adapter",
  ),
  unknown_dtype: entry(
    (d: { key: string; found: string; nearest: string | undefined }) =>
      `"${d.key}" is not the name of an element type: "${d.found}" (known: bfloat16, float16, float32)`,
    (d) => suggest(d.nearest, `write "bfloat16", "float16" or "float32", or leave "${d.key}" out`),
  ),
  integer_dtype: entry(
    (d: { key: string; found: string }) =>
      `"${d.key}" is an integer type, "${d.found}", and merged weights are not integers`,
    (d) => `write "bfloat16", "float16" or "float32", or leave "${d.key}" out`,
  ),
  two_tokenizers: entry(
    () => '"tokenizer_source" and "tokenizer" cannot both be given',
    () => 'write tokenizer: {source: …} and leave "tokenizer_source" out',
  ),
  unknown_token_kind: entry(
    (d: { found: string; known: readonly string[] }) => `a token's source is of no kind "${d.found}" ${known(d.known)}`,
    () => "write {kind: zero}, {kind: model_token, model: …, token: …}, or a model",
  ),
  token_or_id: entry(
    (d: { found: string }) => `a source of kind model_token needs either "token" or "token_id", got ${d.found}`,
    () => 'give one of "token" and "token_id"',
  ),
  token_without_source: entry(
    (d: { token: string }) => `the token "${d.token}" has no source for its row`,
    () => "add source: with a model, {kind: zero}, or {kind: model_token, model: …, token: …}",
  ),
  float64: entry(
    (d: { what: string }) => `${d.what} is float64; arithmetic and output are float32`,
    () => "write float32 if that is what is wanted",
  ),
};

const METHOD = {
  unknown_method: entry(
    (d: { name: string; nearest: string | undefined; known: readonly string[] }) =>
      `no merge method is called "${d.name}" ${known(d.known)}`,
    (d) => suggest(d.nearest, "name one of the known methods"),
  ),
  unknown_parameter: entry(
    (d: { method: string; name: string; nearest: string | undefined; known: readonly string[] }) =>
      `${d.method} has no parameter "${d.name}", so it is ignored ${known(d.known)}`,
    (d) => suggest(d.nearest, "leave it out"),
  ),
  misplaced_parameter: entry(
    (d: { method: string; name: string }) =>
      `"${d.name}" of ${d.method} holds for the whole merge, so it is ignored under one model`,
    (d) => `move "${d.name}" to the "parameters" of the slice or of the whole recipe`,
  ),
  missing_parameter: entry(
    (d: {
      method: string;
      name: string;
      model: string | undefined;
      tensor: string | undefined;
      misspelt: string | undefined;
    }) =>
      `${d.method} needs "${d.name}"${d.model === undefined ? "" : ` for model "${d.model}"`}, and nothing gives it` +
      (d.tensor === undefined ? "" : ` for tensor "${d.tensor}"`),
    (d) =>
      d.misspelt === undefined
        ? `add "${d.name}" to the parameters${d.model === undefined ? " of the recipe" : ` of "${d.model}" or of the recipe`}`
        : `write "${d.name}" instead of "${d.misspelt}"`,
  ),
  bad_setting: entry(
    (d: { name: string; found: string }) =>
      `"${d.name}" must be a number, true or false, a list of these, or a list of {filter, value}, got ${d.found}`,
    () => "write for example 0.5, [0, 0.5, 1], or [{filter: mlp, value: 0.5}, {value: 1}]",
  ),
  parameter_type: entry(
    (d: { name: string; expected: string; found: string; tensor: string }) =>
      `"${d.name}" must be ${d.expected}, got ${d.found} for tensor "${d.tensor}"`,
    (d) => `write ${d.expected}`,
  ),
  parameter_out_of_range: entry(
    (d: { name: string; found: number; min: number; max: number; tensor: string }) =>
      `"${d.name}" must lie in [${d.min}, ${d.max}], got ${d.found} for tensor "${d.tensor}"`,
    (d) => `write a number from ${d.min} to ${d.max}`,
  ),
  base_missing: entry(
    (d: { method: string }) => `${d.method} needs a base model, and there is no "base_model"`,
    () => "add base_model: with the model that the others were tuned from",
  ),
  base_not_in_slice: entry(
    (d: { method: string; base: string; slice: string }) =>
      `${d.method} keeps the base model apart, but "${d.base}" is not among the sources of ${d.slice}`,
    (d) => `add {model: ${d.base}, layer_range: […]} to the sources`,
  ),
  input_count: entry(
    (d: { method: string; found: number; min: number; max: number; slice: string; counted: string }) =>
      `${d.method} takes ${d.min === d.max ? `exactly ${d.min}` : d.max === Infinity ? `at least ${d.min}` : `${d.min} to ${d.max}`} ` +
      `${d.min === 1 && d.max === 1 ? "model" : "models"} (${d.counted}), and ${d.slice} has ${d.found}`,
    (d) => (d.found < d.min ? "add a model" : "take a model away, or choose a method for more models"),
  ),
  duplicate_source: entry(
    (d: { model: string; slice: string }) => `"${d.model}" stands twice in ${d.slice}`,
    () => "keep one of them; weights can be added up",
  ),
};

const LAYERS = {
  uneven_ranges: entry(
    (d: { slice: string; lengths: string }) =>
      `all sources of ${d.slice} must have equally many layers, got ${d.lengths}`,
    () => "give each source a layer_range of the same length",
  ),
  range_beyond_model: entry(
    (d: { model: string; start: number; end: number; count: number }) =>
      `layer_range [${d.start}, ${d.end}] goes beyond the layers of "${d.model}", which are [0, ${d.count}]`,
    (d) => `stay within [0, ${d.count}]; the end does not belong to the range`,
  ),
  empty_range: entry(
    (d: { start: number; end: number }) => `layer_range [${d.start}, ${d.end}] holds no layer`,
    () => "leave the slice out, or end the range after its start",
  ),
  layer_count_differs: entry(
    (d: { model: string; key: string; config: number; files: number }) =>
      `"${d.model}" has ${d.config} layers by "${d.key}" of its config.json and ${d.files} in its files`,
    () => "check that the download is complete and that config.json belongs to it",
  ),
  layers_left_out: entry(
    (d: { model: string; key: string; config: number; files: number }) =>
      `"${d.model}" has ${d.config} layers by "${d.key}" of its config.json and ${d.files} in its files; the rest is left out`,
    (d) => `set "${d.key}" in config.json if the further layers matter`,
  ),
  source_left_out: entry(
    (d: { model: string; first: number; last: number }) =>
      `the last slice has ${d.last} sources and the first ${d.first}, so final norm and head are merged without "${d.model}", as mergekit does`,
    () => "give the last slice no more sources than the first, or list those first that final norm and head need",
  ),
  unknown_module: entry(
    (d: { name: string; model: string; nearest: string | undefined; known: readonly string[] }) =>
      `"${d.model}" has no module "${d.name}" ${known(d.known)}`,
    (d) => suggest(d.nearest, "name one of its modules, or use models for all of them"),
  ),
  several_towers: entry(
    (d: { model: string; towers: readonly string[] }) =>
      `"${d.model}" has several rows of layers (${d.towers.join(", ")}), and slices can only be cut from one`,
    () => 'use "models" instead of "slices"',
  ),
  window_layers: entry(
    (d: { key: string }) =>
      `"${d.key}" of config.json cannot say which of the stacked layers have a window; it is not changed`,
    () => "check the attention windows of the result's config.json",
  ),
};

const TENSORS = {
  architectures_differ: entry(
    (d: { model: string; found: string; first: string; expected: string }) =>
      `"${d.model}" is a ${d.found} and "${d.first}" a ${d.expected}; only models of one architecture can be merged`,
    () => "choose models of one architecture, or allow the mix with --allow-crimes if the tensors agree all the same",
  ),
  bad_architectures: entry(
    (d: { model: string; found: string }) =>
      `config.json of "${d.model}" must name exactly one class in "architectures", got ${d.found}`,
    () => "mend config.json, or set override_architecture for this model",
  ),
  quantized_input: entry(
    (d: { model: string; kind: string }) =>
      `the weights of "${d.model}" are quantised (${d.kind}), and only floats can be merged`,
    () => "use the model's original weights, or dequantise it first",
  ),
  tensor_missing: entry(
    (d: { model: string; tensor: string; other: string }) =>
      `"${d.model}" has no tensor "${d.tensor}", which "${d.other}" has`,
    () => "merge models of the same family and size, and check that the download is complete",
  ),
  buffers_missing: entry(
    (d: { model: string; tensor: string; architecture: string }) =>
      `"${d.model}" has no tensor "${d.tensor}", which mergekit demands of every ${d.architecture}; ` +
      "current libraries compute it when they load the model",
    () => "pass --allow-missing-buffers",
  ),
  base_tensor_missing: entry(
    (d: { method: string; base: string; tensor: string }) =>
      `${d.method} needs tensor "${d.tensor}" of the base model, and "${d.base}" does not have it`,
    () => "choose a base model that has it",
  ),
  no_tensors: entry(
    (d: { model: string }) => `"${d.model}" holds no tensor that could be merged`,
    () => "check that it is a whole checkpoint",
  ),
  shape_mismatch: entry(
    (d: { tensor: string; shapes: string }) => `tensor size mismatch for "${d.tensor}": ${d.shapes}`,
    () => "merge models of the same size",
  ),
  vocabulary_mismatch: entry(
    (d: { tensor: string; shapes: string }) =>
      `tensor size mismatch for "${d.tensor}", whose rows are the vocabulary: ${d.shapes}`,
    () =>
      "align the rows by token with tokenizer: {source: base} (or union), " +
      "or drop the surplus rows with --unsafe-truncate-embeddings",
  ),
  vocabulary_truncated: entry(
    (d: { tensor: string; rows: number; shapes: string }) =>
      `"${d.tensor}" is cut to ${d.rows} rows (${d.shapes}); tokens of the dropped rows are lost`,
    () => "make sure that the tokenizer of the result does not use the dropped tokens",
  ),
  mixed_types: entry(
    (d: { tensor: string; types: string }) =>
      `tensor "${d.tensor}" is stored as integers in one model and not in another: ${d.types}`,
    () => "set dtype to cast all of them, or use models that store it alike",
  ),
  stored_type: entry(
    (d: { tensor: string; model: string; dtype: string }) =>
      `tensor "${d.tensor}" of "${d.model}" is stored as ${d.dtype}, which cannot be merged`,
    () => "use weights stored as float32, bfloat16 or float16",
  ),
};

const ENTRIES = { ...YAML, ...METHOD, ...LAYERS, ...TENSORS, ...VOCABULARY };

type Entries = typeof ENTRIES;

/** Names of problems, without the area. */
export type ProblemName = keyof Entries;

/** What is known of a problem of one kind. */
export type ProblemDetails<K extends ProblemName> = Parameters<Entries[K]["message"]>[0];

type Wordings = { readonly [K in ProblemName]: Entries[K]["message"] };

/** The sentences of a recipe's problems as errors, for those who want one thrown. */
export const recipeErrors = defineErrors(
  "recipe",
  "input",
  Object.fromEntries(Object.entries(ENTRIES).map(([name, { message }]) => [name, message])) as unknown as Wordings,
);

/** Returns what to do about a problem. */
export function fixOf<K extends ProblemName>(name: K, details: ProblemDetails<K>): string {
  return (ENTRIES[name].fix as (d: ProblemDetails<K>) => string)(details);
}
