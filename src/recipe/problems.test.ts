/** Every problem that a recipe can have, provoked, with the place where it is shown. */

import { describe, expect, it } from "vitest";
import {
  type HeaderChanges,
  type Headers,
  llamaHeaders,
  openHeaders,
  tokenizerText,
} from "../../test/header-models.ts";
import { recipeErrors } from "./errors.ts";
import { type PlanOptions, planRecipe } from "./plan-recipe.ts";

const llama = (changes: HeaderChanges = {}) => llamaHeaders(changes);
const STABLE = { architectures: ["StableLmForCausalLM"] };
const BIAS = { "model.layers.0.self_attn.q_proj.bias": [4] };
const IDS = { "model.position_ids": [9] };
const LETTERS = [..."abcdefgh"];
const tokenized = (text: string, more: Readonly<Record<string, string>> = {}, config: HeaderChanges["config"] = {}) =>
  llama({ files: { "tokenizer.json": text, ...more }, config });
const card = (licence: string) => ({ "README.md": `---\nlicense: ${licence}\n---\n` });
const MODELS: Readonly<Record<string, Headers>> = {
  a: llama(),
  b: llama(),
  c: llama(),
  deep: llama({ layers: 3 }),
  wide: llama({ more: { "model.layers.1.mlp.up_proj.weight": [7, 4] } }),
  big: llama({ rows: 10 }),
  mistral: llama({ config: { architectures: ["MistralForCausalLM"] } }),
  nameless: llama({ config: { architectures: [] } }),
  gptq: llama({ config: { quantization_config: { quant_method: "gptq" } } }),
  holey: llama({ without: ["model.layers.1.mlp.up_proj.weight"] }),
  headless: { ...llama(), tensors: {} },
  short: llama({ config: { num_hidden_layers: 5 } }),
  long: llama({ layers: 3, config: { num_hidden_layers: 2 } }),
  towers: llama({ more: { "vision.layers.0.weight": [4] } }),
  windowed: llama({ config: { max_window_layers: 1 } }),
  stable: llama({ config: STABLE, more: BIAS }),
  stable2: llama({ config: STABLE, more: BIAS }),
  unbiased: llama({ config: STABLE }),
  ids: llama({ more: IDS, types: { "model.position_ids": "I64" } }),
  ids32: llama({ more: IDS, types: { "model.position_ids": "I32" } }),
  floatIds: llama({ more: IDS }),
  f8: llama({ dtype: "F8_E4M3" }),
  f4: llama({ types: { "model.layers.0.mlp.up_proj.weight": "F4" } }),
  f64: llama({ types: { "model.norm.weight": "F64" } }),
  words: tokenized(tokenizerText(LETTERS), card("mit"), { eos_token_id: 1 }),
  words2: tokenized(tokenizerText(LETTERS, { "<x>": 7 }), card("apache-2.0"), { eos_token_id: [1, 2] }),
  words3: tokenized(tokenizerText(LETTERS, { "<x>": 7 }).replace('"lstrip":false', '"lstrip":true')),
  beyond: tokenized(tokenizerText(LETTERS, { "<late>": 8 })),
  shuffled: tokenized(tokenizerText([...LETTERS].reverse())),
  misstated: llama({ config: { vocab_size: 9 } }),
  badTemplate: tokenized(tokenizerText(LETTERS), { "tokenizer_config.json": "[" }),
  other: tokenized(tokenizerText([...LETTERS, "new"])),
  neox: llama({ config: { architectures: ["GPTNeoXForCausalLM"] } }),
};

const LINEAR = "merge_method: linear\nparameters: {weight: 1}\n";
const pair = (one: string, two: string) => `${LINEAR}models:\n  - model: ${one}\n  - model: ${two}\n`;
const withToken = (rule: string) => `${pair("words", "words2")}tokenizer: {tokens: {a: ${rule}}}\n`;
/** One document for each name, of which undefined is the final merge. */
const named = (...names: readonly (string | undefined)[]) =>
  names.map((name) => `${name === undefined ? "" : `name: ${name}\n`}${LINEAR}models: [{model: a}]\n`).join("---\n");
const slice = (...sources: string[]) => `  - sources: [${sources.join(", ")}]\n`;

/** Name of the problem, the recipe, and `line:column path` where it must be shown. */
type Case = readonly [name: string, text: string, place: string, options?: Partial<PlanOptions>];

const ERRORS: readonly Case[] = [
  ["yaml_syntax", "merge_method: linear\nmodels: [", "2:10 "],
  ["too_large", `# ${"x".repeat(2 ** 20)}`, "1:1 "],
  ["too_complex", `a: ${"[".repeat(70)}${"]".repeat(70)}`, `1:68 a${".0".repeat(64)}`],
  ["wrong_type", "- merge_method: linear\n", "1:1 "],
  ["wrong_type", `${LINEAR}models: {a: 1}\n`, "3:9 models"],
  ["wrong_type", `${LINEAR}models: [a]\n`, "3:10 models.0"],
  ["wrong_type", `${LINEAR}models: [{model: no}]\n`, "3:18 models.0.model"],
  ["wrong_type", `${LINEAR}models: [{model: [a]}]\n`, "3:18 models.0.model"],
  ["wrong_type", `${LINEAR}slices: [{sources: []}]\n`, "3:20 slices.0.sources"],
  [
    "wrong_type",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [0, 1, 2]}")}`,
    "4:39 slices.0.sources.0.layer_range",
  ],
  [
    "wrong_type",
    `${LINEAR}models: [{model: a, parameters: {weight: {filter: 3, value: 1}}}]\n`,
    "3:51 models.0.parameters.weight.filter",
  ],
  ["missing_key", "models: [{model: a}]\n", "1:1 "],
  ["missing_key", "merge_methd: linear\nmodels: [{model: a}]\n", "1:1 merge_methd"],
  ["missing_key", `${LINEAR}models: [{modle: a}]\n`, "3:11 models.0.modle"],
  ["missing_key", `${LINEAR}slices: [{sources: [{model: a}]}]\n`, "3:21 slices.0.sources.0"],
  ["missing_key", `${LINEAR}models: [{model: {path: a}}]\n`, "3:18 models.0.model"],
  ["layout_count", LINEAR, "1:1 "],
  ["layout_count", `${LINEAR}modls: [{model: a}]\n`, "3:1 modls"],
  ["layout_count", `${LINEAR}models: []\n`, "3:1 models"],
  ["layout_count", `${pair("a", "b")}slices:\n${slice("{model: a, layer_range: [0, 1]}")}`, "3:1 models"],
  ["layout_count", `${LINEAR}modules: {default: {parameters: {weight: 1}}}\n`, "3:20 modules.default"],
  ["unknown_dtype", `${pair("a", "b")}dtype: bf16\n`, "6:8 dtype"],
  ["unknown_dtype", `${pair("a", "b")}out_dtype: float\n`, "6:12 out_dtype"],
  ["integer_dtype", `${pair("a", "b")}dtype: int64\n`, "6:8 dtype"],
  ["unknown_method", "merge_method: toString\nmodels: [{model: a}]\n", "1:15 merge_method"],
  ["unknown_method", "merge_method: linaer\nmodels: [{model: a}]\n", "1:15 merge_method"],
  ["missing_parameter", "merge_method: linear\nmodels: [{model: a}]\n", "2:10 models.0.parameters.weight"],
  [
    "missing_parameter",
    "merge_method: linear\nmodels: [{model: a, parameters: {wieght: 1}}]\n",
    "2:42 models.0.parameters.wieght",
  ],
  ["missing_parameter", "merge_method: slerp\nbase_model: a\nmodels: [{model: b}]\n", "1:1 parameters.t"],
  [
    "missing_parameter",
    "merge_method: linear\nbase_model: a\nmodels: [{model: b, parameters: {weight: 1}}]\n",
    "2:13 base_model.parameters.weight",
  ],
  [
    "missing_parameter",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: [{filter: mlp, value: 1}]}}]\n",
    "2:42 models.0.parameters.weight",
  ],
  [
    "missing_parameter",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: []}}]\n",
    "2:42 models.0.parameters.weight",
  ],
  [
    "bad_setting",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: }}]\n",
    "2:42 models.0.parameters.weight",
  ],
  [
    "bad_setting",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: [{filter: mlp}]}}]\n",
    "2:43 models.0.parameters.weight.0",
  ],
  [
    "bad_setting",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: [1, {value: 1}]}}]\n",
    "2:43 models.0.parameters.weight.0",
  ],
  [
    "bad_setting",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: [[1]]}}]\n",
    "2:43 models.0.parameters.weight.0",
  ],
  [
    "bad_setting",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: .nan}}]\n",
    "2:42 models.0.parameters.weight",
  ],
  [
    "parameter_type",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: heavy}}]\n",
    "2:42 models.0.parameters.weight",
  ],
  [
    "parameter_type",
    `${LINEAR.replace("weight: 1", "weight: 1, normalize: 0.5")}models: [{model: a}]\n`,
    "2:36 parameters.normalize",
  ],
  ["base_missing", "merge_method: ties\nparameters: {weight: 1}\nmodels: [{model: a}]\n", "1:15 merge_method"],
  [
    "base_not_in_slice",
    `merge_method: ties\nbase_model: b\nparameters: {weight: 1}\nslices:\n${slice("{model: a, layer_range: [0, 2]}")}`,
    "5:5 slices.0",
  ],
  ["input_count", "merge_method: passthrough\nbase_model: b\nmodels:\n  - model: a\n", "4:3 models"],
  ["input_count", "merge_method: slerp\nbase_model: b\nparameters: {t: 0}\nmodels: [{model: b}]\n", "4:9 models"],
  ["duplicate_source", pair("a", "a"), "5:5 models.1"],
  [
    "duplicate_source",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [0, 1]}", "{model: a, layer_range: [1, 2]}")}`,
    "4:48 slices.0.sources.1",
  ],
  ["uneven_ranges", pair("a", "deep"), "4:3 models"],
  [
    "uneven_ranges",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [0, 1]}", "{model: b, layer_range: [0, 2]}")}`,
    "4:5 slices.0",
  ],
  [
    "range_beyond_model",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [1, 3]}")}`,
    "4:39 slices.0.sources.0.layer_range",
  ],
  [
    "range_beyond_model",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [-1, 1]}")}`,
    "4:39 slices.0.sources.0.layer_range",
  ],
  ["layer_count_differs", pair("a", "short"), "5:12 models.1.model"],
  ["duplicate_merge", named("x", "x", undefined), "6:7 documents.1.name"],
  ["bad_merge_name", named("../x", undefined), "1:7 name"],
  ["several_unnamed", named(undefined, undefined), "7:9 documents.1.models"],
  ["final_unclear", named("x", "y"), "6:7 documents.1.name"],
  [
    "circular_merges",
    `${named("b", "c")}`.replace("model: a", "model: c").replace(/model: a(?=}]\n$)/, "model: b"),
    "1:7 name",
  ],
  [
    "merge_with_extras",
    named("b", undefined).replace(/model: a(?=}]\n$)/, "model: b+lora"),
    "8:18 documents.1.models.0.model",
  ],
  [
    "merge_refused",
    named("b", undefined)
      .replace("model: a", "model: nowhere")
      .replace(/model: a(?=}]\n$)/, "model: b"),
    "8:18 documents.1.models.0.model",
  ],
  [
    "unknown_module",
    "merge_method: linear\nmodules:\n  vision: {models: [{model: a, parameters: {weight: 1}}]}\n",
    "3:3 modules.vision",
  ],
  [
    "several_towers",
    `${LINEAR}slices:\n${slice("{model: towers, layer_range: [0, 1]}")}`,
    "4:44 slices.0.sources.0.layer_range",
  ],
  ["architectures_differ", pair("a", "mistral"), "5:12 models.1.model"],
  ["bad_architectures", pair("a", "nameless"), "5:12 models.1.model"],
  ["quantized_input", pair("a", "gptq"), "5:12 models.1.model"],
  ["tensor_missing", pair("a", "holey"), "5:5 models.1"],
  ["buffers_missing", `${LINEAR}models: [{model: neox}]\n`, "3:10 models.0"],
  [
    "base_tensor_missing",
    "merge_method: task_arithmetic\nbase_model: unbiased\nparameters: {weight: 1}\nmodels: [{model: stable}, {model: stable2}]\n",
    "2:13 base_model",
  ],
  ["no_tensors", pair("headless", "headless"), "4:12 models.0.model"],
  ["shape_mismatch", pair("a", "wide"), "5:5 models.1"],
  ["vocabulary_mismatch", pair("a", "big"), "5:5 models.1"],
  ["two_tokenizers", `${pair("words", "words2")}tokenizer_source: base\ntokenizer: {}\n`, "6:1 tokenizer_source"],
  ["no_tokenizer", `${pair("a", "b")}tokenizer_source: base\n`, "4:12 models.0.model"],
  ["no_tokenizer", `${pair("words", "b")}tokenizer_source: c\n`, "6:19 tokenizer_source"],
  ["unknown_token_kind", withToken("{source: {kind: one}}"), "6:41 tokenizer.tokens.a.source.kind"],
  ["token_or_id", withToken("{source: {kind: model_token, model: words}}"), "6:34 tokenizer.tokens.a.source"],
  ["token_without_source", withToken("{force: true}"), "6:22 tokenizer.tokens.a"],
  ["token_without_row", `${pair("words", "beyond")}tokenizer: {source: beyond}\n`, "6:12 tokenizer"],
  ["token_source_not_merged", withToken("{source: c}"), "6:34 tokenizer.tokens.a.source"],
  [
    "token_not_in_model",
    withToken("{source: {kind: model_token, model: words, token: zz}}"),
    "6:22 tokenizer.tokens.a",
  ],
  [
    "token_not_in_model",
    withToken("{source: {kind: model_token, model: words, token_id: 9}}"),
    "6:22 tokenizer.tokens.a",
  ],
  ["template_unreadable", `${withToken("{source: words}")}chat_template: short\n`, "7:16 chat_template"],
  ["mixed_types", pair("ids", "floatIds"), "4:5 models.0"],
  ["mixed_types", pair("ids", "ids32"), "4:5 models.0"],
  ["stored_type", `${LINEAR}models: [{model: f8}]\n`, "3:10 models.0"],
  ["stored_type", `${LINEAR}models: [{model: f4}]\ndtype: float32\n`, "3:10 models.0"],
];

const WARNINGS: readonly Case[] = [
  ["unknown_key", `${pair("a", "b")}residual_weight: 1\n`, "6:1 residual_weight"],
  ["unknown_key", `${LINEAR}models: [{model: a, layer_range: [0, 1]}]\n`, "3:21 models.0.layer_range"],
  ["duplicate_key", `${pair("a", "b")}dtype: float16\ndtype: float32\n`, "7:1 dtype"],
  ["float64", `${pair("a", "b")}dtype: float64\n`, "6:8 dtype"],
  ["float64", pair("a", "f64"), "4:5 models.0"],
  [
    "unknown_parameter",
    `${pair("a", "b")}`.replace("weight: 1", "weight: 1, normalise: true"),
    "2:36 parameters.normalise",
  ],
  [
    "misplaced_parameter",
    `${LINEAR}models: [{model: a, parameters: {normalize: false}}]\n`,
    "3:45 models.0.parameters.normalize",
  ],
  [
    "empty_range",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [2, 1]}")}`,
    "4:39 slices.0.sources.0.layer_range",
  ],
  ["layers_left_out", `${LINEAR}models: [{model: long}]\n`, "3:18 models.0.model"],
  [
    "window_layers",
    `merge_method: passthrough\nslices:\n${slice("{model: windowed, layer_range: [1, 2]}")}${slice("{model: windowed, layer_range: [0, 1]}")}`,
    "3:3 slices",
  ],
  [
    "source_left_out",
    `${LINEAR}slices:\n${slice("{model: a, layer_range: [0, 1]}")}${slice("{model: a, layer_range: [1, 2]}", "{model: b, layer_range: [1, 2]}")}`,
    "5:48 slices.1.sources.1",
  ],
  ["vocabularies_differ", pair("words", "shuffled"), "5:12 models.1.model"],
  ["tokens_past_rows", `${LINEAR}models: [{model: beyond}]\n`, "3:18 models.0.model"],
  ["config_contradicts", `${LINEAR}models: [{model: misstated}]\n`, "3:18 models.0.model"],
  [
    "weights_cancel",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: -1}}]\n",
    "1:15 merge_method",
  ],
  ["tokenizer_assumed", `${pair("words", "b")}tokenizer_source: base\n`, "5:12 models.1.model"],
  ["token_settings_differ", `${pair("words2", "words3")}tokenizer_source: union\n`, "6:19 tokenizer_source"],
  ["token_unknown", `${pair("a", "words")}base_model: words\ntokenizer_source: other\n`, "7:19 tokenizer_source"],
  ["template_unreadable", `${pair("a", "b")}chat_template: nonsense\n`, "6:16 chat_template"],
  ["no_template", `${pair("a", "b")}chat_template: auto\n`, "6:16 chat_template"],
  ["eos_union", pair("words", "words2"), "4:12 models.0.model"],
  ["licences_differ", pair("words", "words2"), "4:3 models"],
  ["side_file_unreadable", `${pair("badTemplate", "b")}chat_template: auto\n`, "4:12 models.0.model"],
  ["vocabulary_truncated", pair("a", "big"), "5:5 models.1", { unsafeTruncateEmbeddings: true }],
];

const byName = ([name, text, place, options]: Case) => ({ name, text, place, options });

function plan(text: string, options: Partial<PlanOptions> = {}) {
  const openMerge = () => ({ model: openHeaders(MODELS)("a").model, source: { kind: "folder", path: "x" } as const });
  return planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS), openMerge, ...options });
}

describe("errors", () => {
  it.each(ERRORS.map(byName))("finds $name at $place", ({ name, text, place, options }) => {
    const result = plan(text, options);
    expect(result.plan).toBeUndefined();
    const shown = result.problems.map(({ code, line, column, path }) => `${code} ${line}:${column} ${path}`);
    expect(shown).toContain(`recipe/${name} ${place}`);
  });
});

describe("warnings", () => {
  it.each(WARNINGS.map(byName))("warns of $name at $place and plans on", ({ name, text, place, options }) => {
    const { plan: made, warnings, problems } = plan(text, options);
    expect(problems).toEqual([]);
    const shown = warnings.map(({ code, line, column, path }) => `${code} ${line}:${column} ${path}`);
    expect(shown).toContain(`recipe/${name} ${place}`);
    expect(made!.warnings).toEqual(warnings);
  });
});

describe("sentences", () => {
  const noted = [...ERRORS, ...WARNINGS].flatMap(([, text, , options]) => {
    const { problems, warnings } = plan(text, options);
    return [...problems, ...warnings];
  });

  it("are whole, on one line, and say what to do", () => {
    for (const { message, fix } of noted) {
      expect(message).toMatch(/^\S.*[^.\s]$/);
      expect(fix).toMatch(/^\S.*[^.\s]$/);
      expect(`${message} ${fix}`).not.toMatch(/undefined|\[object|Infinity/);
    }
  });

  it("are all provoked by a test", () => {
    // The ranges of methods are wide, so this one is provoked with a method made for it, in resolve-settings.test.ts.
    const covered = new Set(["recipe/parameter_out_of_range", ...noted.map(({ code }) => code)]);
    expect(Object.keys(recipeErrors).filter((name) => !covered.has(`recipe/${name}`))).toEqual([]);
  });
});

describe("fixes", () => {
  const fixOf = (text: string, name: string) => {
    const { problems, warnings } = plan(text);
    return [...problems, ...warnings].find(({ code }) => code === `recipe/${name}`)!.fix;
  };

  it.each([
    ["unknown_method", "merge_method: linaer\nmodels: [{model: a}]\n", 'write "linear"'],
    ["unknown_dtype", `${pair("a", "b")}dtype: bf16\n`, 'write "bfloat16"'],
    ["unknown_dtype", `${pair("a", "b")}dtype: float3\n`, 'write "float32"'],
    ["unknown_key", `${pair("a", "b")}out_dtpe: float32\n`, 'write "out_dtype"'],
    ["missing_key", "merge_methd: linear\nmodels: [{model: a}]\n", 'write "merge_method" instead of "merge_methd"'],
    [
      "missing_parameter",
      "merge_method: linear\nmodels: [{model: a, parameters: {wieght: 1}}]\n",
      'write "weight" instead of "wieght"',
    ],
  ])("offer the nearest name for %s", (name, text, fix) => expect(fixOf(text, name)).toBe(fix));
});

describe("several at once", () => {
  it("finds mistakes of every stage in one go", () => {
    const text =
      "merge_method: ties\nmodels:\n  - model: nowhere\n    parameters: {wieght: 1}\n  - model: wide\n    paramters: {}\ndtype: bf16\n";
    const { problems, warnings } = plan(text);
    expect(problems.map(({ code, line }) => `${line} ${code}`)).toEqual([
      "1 recipe/base_missing",
      "3 model/not_found",
      "4 recipe/missing_parameter",
      "5 recipe/missing_parameter",
      "7 recipe/unknown_dtype",
    ]);
    expect(warnings.map(({ code, line }) => `${line} ${code}`)).toEqual([
      "4 recipe/unknown_parameter",
      "6 recipe/unknown_key",
    ]);
  });

  it("counts what is wrong at one place instead of repeating it", () => {
    const [problem] = plan(pair("a", "big")).problems;
    expect(problem!.message).toMatch(/lm_head\.weight.* \(and 1 more like it\)$/);
  });

  it("shows an error of the model's files at the model's name, with its fix apart", () => {
    const [problem] = plan(pair("a", "nowhere")).problems;
    expect(problem).toMatchObject({ code: "model/not_found", path: "models.1.model", line: 5, column: 12 });
    expect(problem!.fix).toMatch(/^check the path/);
  });
});
