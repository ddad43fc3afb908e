import { describe, expect, it } from "vitest";
import { findArchitecture } from "../arch/index.ts";
import { pathFolding } from "./path-folding.ts";

function foldingOf(className: string, isParallel = false) {
  const architecture = findArchitecture(className, undefined)!;
  const block = { ...architecture.block, isParallel } as unknown as Parameters<typeof pathFolding>[0]["block"];
  return pathFolding({ architecture, modules: architecture.modules, block });
}

describe("scales of a path go into", () => {
  it("what Llama's layers add, and their norms' signs", () => {
    expect(foldingOf("LlamaForCausalLM")).toEqual({
      divided: [".self_attn.o_proj.", ".mlp.down_proj."],
      multiplied: [],
      signed: [".input_layernorm.weight", ".post_attention_layernorm.weight"],
      finalNorm: "model.norm.weight",
    });
  });

  it("output maps and the weights of layer norms, whose biases keep their sign", () => {
    expect(foldingOf("GPTNeoXForCausalLM", true)).toMatchObject({
      divided: [".attention.dense.", ".mlp.dense_4h_to_h."],
      signed: [".input_layernorm.weight", ".post_attention_layernorm.weight"],
    });
  });

  it("post-norms, and whatever reads the stream without a norm", () => {
    expect(foldingOf("Olmo2ForCausalLM")).toEqual({
      divided: [".post_attention_layernorm.", ".post_feedforward_layernorm."],
      multiplied: [
        ".self_attn.q_proj.",
        ".self_attn.k_proj.",
        ".self_attn.v_proj.",
        ".mlp.gate_proj.",
        ".mlp.up_proj.",
      ],
      signed: [],
      finalNorm: "model.norm.weight",
    });
  });

  it("what experts add, whose tensors have no more name than their module", () => {
    expect(foldingOf("Qwen2MoeForCausalLM").divided).toEqual([
      ".self_attn.o_proj.",
      ".mlp.down_proj.",
      ".mlp.experts.down_proj",
      ".mlp.shared_expert.down_proj.",
    ]);
  });

  it("nothing where post-norms are stored less one", () => {
    expect(() => foldingOf("Gemma2ForCausalLM")).toThrow(expect.objectContaining({ code: "engine/no_path_folding" }));
  });

  it("no signs where pre-norms are stored less one", () => {
    expect(foldingOf("GemmaForCausalLM").signed).toBeUndefined();
  });
});
