import type { Model, ModelConfig } from "../src/model/model.ts";
import { elementCount, type Shape } from "../src/tensor/shape.ts";

/** What a test wants to be different about a generated model. */
export interface GeneratedOptions {
  /** @default "generated" */
  readonly name?: string;
  /** Folder of tokenizer files. @default one that does not exist */
  readonly filesFolder?: string;
  /** Called with the values of a tensor before they are handed out; may change them. */
  readonly edit?: (name: string, values: Float32Array) => void;
}

/**
 * Makes a model in memory whose float32 weights come from a linear congruential generator: norms from 0.5 to 1.5, all
 * else from −0.5 to 0.5. The seed of a tensor is its place among the sorted names, from 1
 * (test/oracle/forward_variants.py makes the same).
 */
export function generateModel(
  config: ModelConfig,
  shapes: Readonly<Record<string, Shape>>,
  { name = "generated", filesFolder = "/nowhere", edit = () => {} }: GeneratedOptions = {},
): Model {
  const names = Object.keys(shapes).toSorted();
  const bytes = new Map(
    names.map((tensor, i) => {
      const values = generate(i + 1, elementCount(shapes[tensor]!), tensor.includes("norm") ? 0.5 : -0.5);
      edit(tensor, values);
      return [tensor, new Uint8Array(values.buffer)];
    }),
  );
  return {
    name,
    config,
    tensors: new Map(names.map((tensor) => [tensor, { name: tensor, dtype: "F32", shape: shapes[tensor]! }])),
    filesFolder,
    read: (tensor, startByte, into) => into.set(bytes.get(tensor)!.subarray(startByte, startByte + into.length)),
    identity: () => name,
    [Symbol.dispose]() {},
  };
}

function generate(seed: number, count: number, low: number): Float32Array {
  let state = BigInt(seed);
  return Float32Array.from({ length: count }, () => {
    state = (1_103_515_245n * state + 12_345n) % 2n ** 31n;
    return low + Number(state) / 2 ** 31;
  });
}

/** Config of a small Llama: 2 layers, width 32, 28 tokens, context of 64. */
export const LLAMA_CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 32,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 16,
  vocab_size: 28,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  hidden_act: "silu",
  rope_theta: 500,
} as const;

/** Shapes of the tensors that `LLAMA_CONFIG` calls for. */
export const LLAMA_SHAPES: Readonly<Record<string, Shape>> = Object.fromEntries([
  ["model.embed_tokens.weight", [28, 32]],
  ...[0, 1].flatMap((l): [string, Shape][] => [
    [`model.layers.${l}.input_layernorm.weight`, [32]],
    [`model.layers.${l}.self_attn.q_proj.weight`, [32, 32]],
    [`model.layers.${l}.self_attn.k_proj.weight`, [16, 32]],
    [`model.layers.${l}.self_attn.v_proj.weight`, [16, 32]],
    [`model.layers.${l}.self_attn.o_proj.weight`, [32, 32]],
    [`model.layers.${l}.post_attention_layernorm.weight`, [32]],
    [`model.layers.${l}.mlp.gate_proj.weight`, [40, 32]],
    [`model.layers.${l}.mlp.up_proj.weight`, [40, 32]],
    [`model.layers.${l}.mlp.down_proj.weight`, [32, 40]],
  ]),
  ["model.norm.weight", [32]],
  ["lm_head.weight", [28, 32]],
]);
