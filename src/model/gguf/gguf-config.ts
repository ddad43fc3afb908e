/** Makes the config.json of a GGUF file out of its metadata. */

import type { Json } from "../../base/canonical-json.ts";
import { formatJsonWithFloats } from "../../base/json-spelling.ts";
import type { GgufHeader } from "../../format/gguf/gguf-file.ts";
import { torchName } from "../../tensor/dtype.ts";
import { elementCount } from "../../tensor/shape.ts";
import { modelErrors } from "../errors.ts";
import type { ModelConfig } from "../model.ts";
import type { GgufArchitecture } from "./gguf-architecture.ts";
import type { GgufFacts } from "./gguf-facts.ts";
import { type ReadTable, ropeSettings } from "./gguf-rope.ts";

/**
 * Makes the config that transformers would have.
 *
 * @param file - stands in errors.
 * @throws model/gguf_key, model/gguf_tensor
 */
export function makeGgufConfig(
  header: GgufHeader,
  architecture: GgufArchitecture,
  facts: GgufFacts,
  read: ReadTable,
  file: string,
): ModelConfig {
  const key = (name: string): string => `${architecture.name}.${name}`;
  const heads = facts.number(key("attention.head_count"));
  const hidden = facts.number(key("embedding_length"));
  const headWidth = facts.optionalNumber(key("attention.key_length"));
  return {
    architectures: [architecture.className],
    model_type: architecture.modelType,
    vocab_size: embeddingRows(header, file),
    hidden_size: hidden,
    intermediate_size: facts.number(key("feed_forward_length")),
    num_hidden_layers: facts.number(key("block_count")),
    num_attention_heads: heads,
    num_key_value_heads: facts.optionalNumber(key("attention.head_count_kv")) ?? heads,
    ...(headWidth === undefined ? {} : { head_dim: headWidth }),
    max_position_embeddings: facts.number(key("context_length")),
    rms_norm_eps: facts.number(key("attention.layer_norm_rms_epsilon")),
    tie_word_embeddings: !header.tensors.some(({ name }) => name === "output.weight"),
    ...biases(header, architecture),
    ...ropeSettings(architecture, facts, read, file),
    ...ownKeys(architecture, facts),
    ...gemmaScale(architecture, { heads, hidden, headWidth, layers: facts.number(key("block_count")) }),
    ...tokenIds(facts),
    dtype: torchName(mainDtype(header)),
  };
}

/** Keys that transformers takes no integers for. */
const FLOAT_KEYS: ReadonlySet<string> = new Set([
  "rms_norm_eps",
  "rope_theta",
  "factor",
  "low_freq_factor",
  "high_freq_factor",
  "partial_rotary_factor",
  "attn_logit_softcapping",
  "final_logit_softcapping",
]);

/** Writes such a config as a text that transformers reads. */
export function formatGgufConfig(config: ModelConfig): string {
  return formatJsonWithFloats(config, FLOAT_KEYS);
}

function embeddingRows({ tensors }: GgufHeader, file: string): number {
  const rows = tensors.find(({ name }) => name === "token_embd.weight")?.shape[0];
  if (rows === undefined)
    throw modelErrors.gguf_tensor({ file, tensor: "token_embd.weight", why: "the file does not have it" });
  return rows;
}

/** Only Llama's config asks; Qwen 2 always has them, Qwen 3 and the others never. */
function biases({ tensors }: GgufHeader, { modelType }: GgufArchitecture): ModelConfig {
  if (modelType !== "llama") return {};
  const has = (name: string): boolean => tensors.some((tensor) => tensor.name === name);
  return { attention_bias: has("blk.0.attn_q.bias"), mlp_bias: has("blk.0.ffn_up.bias") };
}

function ownKeys({ name, keys }: GgufArchitecture, facts: GgufFacts): ModelConfig {
  const found = Object.entries(keys).flatMap(([key, { from, otherwise }]): [string, Json][] => {
    const value = from === undefined ? otherwise : (facts.optionalNumber(`${name}.${from}`) ?? otherwise);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(found);
}

/** Gemma 2 scales queries by its head width, but for the model of 46 layers, and no key says so. */
function gemmaScale(
  { modelType }: GgufArchitecture,
  {
    heads,
    hidden,
    headWidth,
    layers,
  }: { heads: number; hidden: number; headWidth: number | undefined; layers: number },
): ModelConfig {
  if (modelType !== "gemma2") return {};
  return { query_pre_attn_scalar: layers === 46 ? hidden / heads : (headWidth ?? hidden / heads) };
}

function tokenIds(facts: GgufFacts): ModelConfig {
  const names = { bos_token_id: "bos", eos_token_id: "eos", pad_token_id: "padding" };
  const found = Object.entries(names).flatMap(([key, name]) => {
    const id = facts.optionalNumber(`tokenizer.ggml.${name}_token_id`);
    return id === undefined ? [] : [[key, id] as const];
  });
  return Object.fromEntries(found);
}

/** The type of most elements. */
function mainDtype({ tensors }: GgufHeader): GgufHeader["tensors"][number]["type"]["dtype"] {
  const counts = new Map<GgufHeader["tensors"][number]["type"]["dtype"], number>();
  for (const { type, shape } of tensors) counts.set(type.dtype, (counts.get(type.dtype) ?? 0) + elementCount(shape));
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? "F32";
}
