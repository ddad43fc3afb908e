import { type DecoderArchitecture, PLAIN_BLOCK } from "./decoder.ts";
import { LLAMA_MODULES } from "./llama.ts";

const { gate, mlpNorm, ...shared } = LLAMA_MODULES;

/** Phi 1, 1.5 and 2: one norm a layer for attention and MLP, biases everywhere, also at the head. */
export const PHI: DecoderArchitecture = {
  className: "PhiForCausalLM",
  modelType: "phi",
  modules: {
    ...shared,
    attentionOutput: "model.layers.{layer}.self_attn.dense",
    up: "model.layers.{layer}.mlp.fc1",
    down: "model.layers.{layer}.mlp.fc2",
    finalNorm: "model.final_layernorm",
  },
  block: {
    ...PLAIN_BLOCK,
    norm: { kind: "layer", hasBias: true, offset: 0 },
    biases: { queryKeyValue: true, attentionOutput: true, mlp: true, head: true },
    isParallel: true,
  },
  keys: { rms_norm_eps: ["layer_norm_eps"] },
  defaults: {
    hidden_act: "gelu_new",
    layer_norm_eps: 1e-5,
    max_position_embeddings: 2048,
    partial_rotary_factor: 0.5,
  },
  vary: (config) => {
    if (config.flag("qk_layernorm")) throw config.reject("qk_layernorm", "false");
    return {};
  },
};
