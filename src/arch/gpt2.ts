import { type BlockDesign, type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";

/** Layer norms and biases everywhere, as before Llama. */
export const OLD_BLOCK: BlockDesign = {
  ...PLAIN_BLOCK,
  norm: { kind: "layer", hasBias: true, offset: 0 },
  biases: { queryKeyValue: true, attentionOutput: true, mlp: true, head: false },
};

/** GPT-2: learned positions, and matrices stored the other way round. */
export const GPT2: DecoderArchitecture = {
  className: "GPT2LMHeadModel",
  modelType: "gpt2",
  modules: {
    embedding: "transformer.wte",
    positions: "transformer.wpe",
    attentionNorm: "transformer.h.{layer}.ln_1",
    queryKeyValue: "transformer.h.{layer}.attn.c_attn",
    attentionOutput: "transformer.h.{layer}.attn.c_proj",
    mlpNorm: "transformer.h.{layer}.ln_2",
    up: "transformer.h.{layer}.mlp.c_fc",
    down: "transformer.h.{layer}.mlp.c_proj",
    finalNorm: "transformer.ln_f",
    head: "lm_head",
  },
  block: { ...OLD_BLOCK, isTransposed: true, positions: "learned" },
  keys: {
    hidden_act: ["activation_function"],
    hidden_size: ["n_embd"],
    intermediate_size: ["n_inner"],
    max_position_embeddings: ["n_positions"],
    num_attention_heads: ["n_head"],
    num_hidden_layers: ["n_layer"],
    rms_norm_eps: ["layer_norm_epsilon"],
  },
  feedForwardFactor: 4,
  defaults: {
    activation_function: "gelu_new",
    layer_norm_epsilon: 1e-5,
    n_embd: 768,
    n_head: 12,
    n_layer: 12,
    n_positions: 1024,
    scale_attn_weights: true,
    tie_word_embeddings: true,
  },
  vary: (config) => {
    if (config.flag("add_cross_attention")) throw config.reject("add_cross_attention", "false");
    return { block: config.flag("scale_attn_weights") ? {} : { attentionScale: 1 } };
  },
  layer: (config, l) => ({ attentionFactor: config.flag("scale_attn_by_inverse_layer_idx") ? 1 / (l + 1) : 1 }),
};
