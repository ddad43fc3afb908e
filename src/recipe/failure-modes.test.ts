/** The ten ways in which merges fail most often, each known before any weight is read, with a place and a way out. */

import { join } from "node:path";
import { expect, it } from "vitest";
import { type HeaderChanges, llamaHeaders, openHeaders, tokenizerText } from "../../test/header-models.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { floatTensor, writeCheckpoint } from "../../test/write-checkpoint.ts";
import { openModelAndSource } from "../model/open-model.ts";
import type { Problem } from "./plan.ts";
import { planRecipe } from "./plan-recipe.ts";

const llama = (changes: HeaderChanges = {}) => llamaHeaders(changes);
const LETTERS = [..."abcdefgh"];
const words = (text: string) => llama({ files: { "tokenizer.json": text } });
const unknownClass = { architectures: ["NobodyKnowsForCausalLM"], model_type: "nobody" };

const MODELS = {
  a: llama(),
  b: llama(),
  holey: llama({ without: ["model.layers.1.mlp.up_proj.weight"] }),
  tied: llama({ without: ["lm_head.weight"] }),
  big: llama({ rows: 10 }),
  wide: llama({ more: { "model.layers.0.mlp.up_proj.weight": [7, 4] } }),
  misstated: llama({ config: { vocab_size: 9, hidden_size: 5, intermediate_size: 6 } }),
  words: words(tokenizerText(LETTERS)),
  shuffled: words(tokenizerText([...LETTERS].reverse())),
  beyond: words(tokenizerText(LETTERS, { "<late>": 8 })),
  strange: llama({ config: unknownClass }),
  strange2: llama({ config: unknownClass }),
  unbased: llama({ config: { architectures: ["StableLmForCausalLM"] } }),
  based: llama({
    config: { architectures: ["StableLmForCausalLM"] },
    more: { "model.layers.0.self_attn.q_proj.bias": [4] },
  }),
};

function notesOf(text: string): readonly Problem[] {
  const { problems, warnings } = planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS) });
  return [...problems, ...warnings];
}

const linear = (...models: readonly string[]): string =>
  `merge_method: linear\nparameters: {weight: 1}\nmodels:\n${models.map((model) => `  - model: ${model}\n`).join("")}`;
const slices = (...ranges: readonly string[]): string =>
  `merge_method: linear\nparameters: {weight: 1}\nslices:\n  - sources:\n${ranges.map((range, i) => `      - {model: ${"ab"[i]}, layer_range: ${range}}\n`).join("")}`;

it.each([
  ["1 a tensor is absent", linear("a", "holey"), "recipe/tensor_missing", 5],
  ["2 vocabularies have other sizes", linear("a", "big"), "recipe/vocabulary_mismatch", 5],
  ["2 matrices have other sizes", linear("a", "wide"), "recipe/shape_mismatch", 5],
  ["3 a weight is missing", "merge_method: linear\nmodels:\n  - model: a\n", "recipe/missing_parameter", 3],
  ["3 a method is misspelt", linear("a").replace("linear", "linaer"), "recipe/unknown_method", 1],
  ["3 ranges are of unequal length", slices("[0, 2]", "[0, 1]"), "recipe/uneven_ranges", 4],
  ["3 there is nothing to merge", "merge_method: linear\nmodels: []\n", "recipe/layout_count", 2],
  ["3 a range holds no layer", slices("[1, 1]"), "recipe/empty_range", 5],
  ["4 the result does not load", linear("misstated"), "recipe/config_contradicts", 4],
  ["5 rows of other tokens are mixed", linear("words", "shuffled"), "recipe/vocabularies_differ", 5],
  [
    "5 weights cancel",
    "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: -1}}]\n",
    "recipe/weights_cancel",
    1,
  ],
  ["6 token ids lie past the matrix", linear("beyond"), "recipe/tokens_past_rows", 4],
  [
    "6 token ids lie past the matrix that is aligned",
    `${linear("words", "beyond")}tokenizer: {source: beyond}\n`,
    "recipe/token_without_row",
    6,
  ],
  [
    "9 the base is missing",
    "merge_method: ties\nparameters: {weight: 1}\nmodels: [{model: a}, {model: b}]\n",
    "recipe/base_missing",
    1,
  ],
  [
    "9 the base is not in the slice",
    `${slices("[0, 2]").replace("linear", "ties")}base_model: b\n`,
    "recipe/base_not_in_slice",
    4,
  ],
  [
    "9 the base lacks a tensor",
    "merge_method: task_arithmetic\nbase_model: unbased\nparameters: {weight: 1}\nmodels: [{model: based}]\n",
    "recipe/base_tensor_missing",
    2,
  ],
])("%s", (_mode, text, code, line) => {
  const note = notesOf(text).find((each) => each.code === code);
  expect(note, `${code} in ${JSON.stringify(notesOf(text))}`).toMatchObject({ line });
  expect(note!.fix).not.toBe("");
});

it("1 a tied head is no absent tensor", () => expect(notesOf(linear("a", "tied"))).toEqual([]));

it("8 an architecture that nobody knows is merged by its tensors' names", () => {
  expect(notesOf(linear("strange", "strange2"))).toEqual([]);
});

it("10 an adapter that does not fit is shown at the model that names it", () => {
  const cwd = createTemporaryFolder();
  const weight = "model.layers.0.self_attn.q_proj.weight";
  writeCheckpoint(join(cwd, "a"), { architectures: ["LlamaForCausalLM"] }, [floatTensor(weight, [2, 2], [1, 2, 3, 4])]);
  const openModel = (reference: string) => openModelAndSource(reference, { cwd });
  const { problems } = planRecipe(linear("a+adapter"), "test.yaml", { openModel });
  expect(problems).toMatchObject([{ line: 4, column: 12, code: expect.stringMatching(/^model\//) }]);
  expect(problems[0]!.fix).not.toBe("");
});
