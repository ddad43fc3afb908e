/** Models of which only the headers exist: enough to plan with, and small enough to write into a test. */

import type { Json } from "../src/base/canonical-json.ts";
import { modelErrors } from "../src/model/errors.ts";
import type { TensorInfo } from "../src/model/model.ts";
import type { PlannedModel } from "../src/recipe/plan.ts";
import type { Dtype } from "../src/tensor/dtype.ts";
import type { Shape } from "../src/tensor/shape.ts";

/** A model's headers. */
export interface Headers {
  readonly config: { readonly [key: string]: Json };
  readonly tensors: Readonly<Record<string, Shape>>;
  /** Of all tensors but those in `types`. @default F32 */
  readonly dtype?: Dtype;
  readonly types?: Readonly<Record<string, Dtype>>;
  /** Texts of side files. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Makes a function that opens models by name, as `planRecipe` takes it. */
export function openHeaders(models: Readonly<Record<string, Headers>>): (reference: string) => PlannedModel {
  return (reference) => {
    const headers = models[reference];
    if (headers === undefined) throw modelErrors.not_found({ reference, looked: [reference], nearest: undefined });
    return { model: makeModel(reference, headers), source: { kind: "folder", path: reference } };
  };
}

function makeModel(
  name: string,
  { config, tensors, dtype = "F32", types = {}, files = {} }: Headers,
): PlannedModel["model"] {
  const infos = Object.entries(tensors).map(([tensor, shape]): [string, TensorInfo] => {
    return [tensor, { name: tensor, dtype: types[tensor] ?? dtype, shape }];
  });
  return {
    name,
    config,
    tensors: new Map(infos),
    filesFolder: name,
    sideTexts: new Map(Object.entries(files)),
    read() {
      throw new Error("there are only headers");
    },
    identity: () => name,
    [Symbol.dispose]() {},
  };
}

/** What a test wants to be different about a model. */
export interface HeaderChanges {
  /** @default 2 */
  readonly layers?: number;
  /** Rows of the embedding and the head. @default 8 */
  readonly rows?: number;
  readonly dtype?: Dtype;
  readonly types?: Readonly<Record<string, Dtype>>;
  readonly config?: { readonly [key: string]: Json };
  /** Tensors that are added. */
  readonly more?: Readonly<Record<string, Shape>>;
  /** Tensors that are left out. */
  readonly without?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/** The text of a tokenizer.json without merges, with these tokens as its vocabulary and those added to it. */
export function tokenizerText(tokens: readonly string[], added: Readonly<Record<string, number>> = {}): string {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const settings = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const entries = Object.entries(added).map(([content, id]) => ({ id, content, ...settings }));
  return JSON.stringify({ version: "1.0", added_tokens: entries, model: { type: "BPE", vocab, merges: [] } });
}

/** Returns the headers of a small Llama with one matrix and one norm in each layer. */
export function llamaHeaders(changes: HeaderChanges = {}): Headers {
  const { layers = 2, rows = 8, dtype = "F32", types = {}, config = {}, more = {}, without = [], files = {} } = changes;
  const perLayer = Array.from({ length: layers }, (_, i): [string, Shape][] => [
    [`model.layers.${i}.input_layernorm.weight`, [4]],
    [`model.layers.${i}.mlp.up_proj.weight`, [6, 4]],
  ]);
  const all: [string, Shape][] = [
    ["lm_head.weight", [rows, 4]],
    ["model.embed_tokens.weight", [rows, 4]],
    ...perLayer.flat(),
    ["model.norm.weight", [4]],
    ...Object.entries(more),
  ];
  const kept = all.filter(([name]) => !without.includes(name));
  return {
    config: { architectures: ["LlamaForCausalLM"], num_hidden_layers: layers, vocab_size: rows, ...config },
    tensors: Object.fromEntries(kept),
    dtype,
    types,
    files,
  };
}
