import type { ConfigReader } from "./config-reader.ts";
import type { BlockDesign, DecoderArchitecture, DecoderModules, DecoderVariation } from "./decoder.ts";
import { OLD_BLOCK } from "./gpt2.ts";

const MODULES: DecoderModules = {
  embedding: "transformer.word_embeddings",
  attentionNorm: "transformer.h.{layer}.input_layernorm",
  queryKeyValue: "transformer.h.{layer}.self_attention.query_key_value",
  attentionOutput: "transformer.h.{layer}.self_attention.dense",
  up: "transformer.h.{layer}.mlp.dense_h_to_4h",
  down: "transformer.h.{layer}.mlp.dense_4h_to_h",
  finalNorm: "transformer.ln_f",
  head: "lm_head",
};
const HAS_BIAS = { configKey: "bias" };

/** Falcon 1 and 2: with one key-value head, a few, or as many as queries; with one norm a layer, or two. */
export const FALCON: DecoderArchitecture = {
  className: "FalconForCausalLM",
  modelType: "falcon",
  modules: MODULES,
  block: {
    ...OLD_BLOCK,
    biases: { queryKeyValue: HAS_BIAS, attentionOutput: HAS_BIAS, mlp: HAS_BIAS, head: false },
    queryKeyValueOrder: "by head",
  },
  keys: {
    hidden_act: ["activation"],
    hidden_size: ["n_embed"],
    intermediate_size: ["ffn_hidden_size"],
    num_attention_heads: ["n_head"],
    num_hidden_layers: ["n_layer"],
    rms_norm_eps: ["layer_norm_epsilon"],
  },
  feedForwardFactor: 4,
  defaults: {
    activation: "gelu",
    layer_norm_epsilon: 1e-5,
    max_position_embeddings: 2048,
    multi_query: true,
    parallel_attn: true,
    tie_word_embeddings: true,
  },
  vary: varyFalcon,
};

function varyFalcon(config: ConfigReader): DecoderVariation {
  const isNew = config.flag("new_decoder_architecture");
  const heads = config.count("num_attention_heads");
  const block: Partial<BlockDesign> = {
    isParallel: isNew || config.flag("parallel_attn"),
    positions: config.flag("alibi") ? "rounded alibi" : "rotary",
  };
  if (isNew) return { modules: newModules(config), block, kvHeads: config.count("num_kv_heads", heads) };
  const modules = config.flag("parallel_attn")
    ? MODULES
    : { ...MODULES, mlpNorm: "transformer.h.{layer}.post_attention_layernorm" };
  return { modules, block, kvHeads: config.flag("multi_query") ? 1 : config.count("num_kv_heads", heads) };
}

function newModules(config: ConfigReader): DecoderModules {
  if (config.count("num_ln_in_parallel_attn", 2) !== 2) return MODULES;
  const [attentionNorm, mlpNorm] = ["transformer.h.{layer}.ln_attn", "transformer.h.{layer}.ln_mlp"];
  return { ...MODULES, attentionNorm, mlpNorm };
}
