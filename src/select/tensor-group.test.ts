import { expect, it } from "vitest";
import { groupOf } from "./tensor-group.ts";

it.each([
  ["model.embed_tokens.weight", undefined, "embedding"],
  ["transformer.wpe.weight", undefined, "embedding"],
  ["lm_head.weight", undefined, "head"],
  ["model.norm.weight", undefined, "norm"],
  ["transformer.ln_f.weight", undefined, "norm"],
  ["model.layers.3.self_attn.q_proj.weight", 3, "attention"],
  ["model.layers.3.self_attn.q_norm.weight", 3, "norm"],
  ["model.layers.11.mlp.up_proj.weight", 11, "mlp"],
  ["model.layers.0.block_sparse_moe.experts.1.w1.weight", 0, "mlp"],
  ["transformer.h.0.ln_1.weight", 0, "norm"],
  ["transformer.h.0.attn.c_attn.bias", 0, "attention"],
  ["gpt_neox.layers.1.attention.dense.weight", 1, "attention"],
  ["vision.patch.weight", undefined, "other"],
])("%s", (name, layer, component) => {
  expect(groupOf(name)).toEqual({ layer, component });
});
