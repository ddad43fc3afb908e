/**
 * What GGUF calls the parts of a model, by architecture, and what Hugging Face calls them.
 *
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (names of tensors and keys)
 */

import type { Json } from "../../base/canonical-json.ts";

/** An architecture: a row of data. */
export interface GgufArchitecture {
  /** `general.architecture`, which also begins the metadata's keys. */
  readonly name: string;
  readonly className: string;
  readonly modelType: string;
  /** Modules of a layer, by GGUF's name: `attn_q` → `self_attn.q_proj`. */
  readonly modules: Readonly<Record<string, string>>;
  /** Whether rows of the query and key matrices stand in pairs, as for rotations of neighbours. */
  readonly pairsRows: boolean;
  /** What was added to the weights of norms. */
  readonly normShift: number;
  /** config.json's keys beyond those of all: a metadata key after the architecture's name, and the value if it is missing. */
  readonly keys: Readonly<Record<string, { readonly from?: string; readonly otherwise?: Json }>>;
}

const COMMON: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

const SILU = { hidden_act: { otherwise: "silu" } };

const LLAMA: GgufArchitecture = {
  name: "llama",
  className: "LlamaForCausalLM",
  modelType: "llama",
  modules: COMMON,
  pairsRows: true,
  normShift: 0,
  keys: SILU,
};

const QWEN2: GgufArchitecture = {
  ...LLAMA,
  name: "qwen2",
  className: "Qwen2ForCausalLM",
  modelType: "qwen2",
  pairsRows: false,
};

const QWEN3: GgufArchitecture = {
  ...QWEN2,
  name: "qwen3",
  className: "Qwen3ForCausalLM",
  modelType: "qwen3",
  modules: { ...COMMON, attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm" },
};

const GEMMA2: GgufArchitecture = {
  ...QWEN2,
  name: "gemma2",
  className: "Gemma2ForCausalLM",
  modelType: "gemma2",
  modules: {
    ...COMMON,
    post_attention_norm: "post_attention_layernorm",
    ffn_norm: "pre_feedforward_layernorm",
    post_ffw_norm: "post_feedforward_layernorm",
  },
  normShift: 1,
  keys: {
    hidden_activation: { otherwise: "gelu_pytorch_tanh" },
    hidden_act: { otherwise: "gelu_pytorch_tanh" },
    attn_logit_softcapping: { from: "attn_logit_softcapping" },
    final_logit_softcapping: { from: "final_logit_softcapping" },
    sliding_window: { from: "attention.sliding_window" },
  },
};

const PHI3: GgufArchitecture = {
  ...QWEN2,
  name: "phi3",
  className: "Phi3ForCausalLM",
  modelType: "phi3",
  modules: { ...COMMON, attn_qkv: "self_attn.qkv_proj", ffn_up: "mlp.gate_up_proj" },
  keys: {
    ...SILU,
    sliding_window: { from: "attention.sliding_window" },
    original_max_position_embeddings: { from: "rope.scaling.original_context_length" },
  },
};

const ROWS: readonly GgufArchitecture[] = [LLAMA, QWEN2, QWEN3, GEMMA2, PHI3];

/** Names of the architectures that can be read. */
export const GGUF_ARCHITECTURES: readonly string[] = ROWS.map(({ name }) => name);

/** Finds an architecture by `general.architecture`. */
export function findGgufArchitecture(name: string): GgufArchitecture | undefined {
  return ROWS.find((row) => row.name === name);
}
