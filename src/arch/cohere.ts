import { type DecoderArchitecture, type DecoderModules, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

const { mlpNorm, ...MODULES } = LLAMA_MODULES;
const NORMED_MODULES: DecoderModules = {
  ...MODULES,
  queryNorm: "model.layers.{layer}.self_attn.q_norm",
  keyNorm: "model.layers.{layer}.self_attn.k_norm",
};

/** Command R: one norm a layer for attention and MLP, neighbouring channels turn together, and logits are scaled. */
export const COHERE: DecoderArchitecture = {
  className: "CohereForCausalLM",
  modelType: "cohere",
  modules: MODULES,
  block: {
    ...PLAIN_BLOCK,
    norm: { kind: "layer", hasBias: false, offset: 0 },
    biases: {
      ...PLAIN_BLOCK.biases,
      queryKeyValue: { configKey: "attention_bias" },
      attentionOutput: { configKey: "attention_bias" },
    },
    isParallel: true,
    rotaryPairs: "neighbours",
  },
  keys: { rms_norm_eps: ["layer_norm_eps"] },
  ropes: [{ thetaKey: "rope_theta", theta: 500_000, isScaled: true }],
  defaults: {
    hidden_act: "silu",
    layer_norm_eps: 1e-5,
    logit_scale: 0.0625,
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
  },
  vary: (config) => {
    const block = { logitScale: config.positive("logit_scale") };
    if (!config.flag("use_qk_norm")) return { block };
    return { modules: NORMED_MODULES, block: { ...block, queryKeyNorm: "each head" } };
  },
};
