import { expect, it } from "vitest";
import { isSameArchitecture, namingRulesOf } from "./naming-rules.ts";

it("treats classes without a row alike", () => {
  expect(namingRulesOf("NewForCausalLM")).toBe(namingRulesOf("LlamaForCausalLM"));
  expect(namingRulesOf("toString")).toBe(namingRulesOf("LlamaForCausalLM"));
});

it("lets StableLM go without attention biases, and nothing else", () => {
  const { optional } = namingRulesOf("StableLmForCausalLM");
  expect(optional!.test("model.layers.0.self_attn.q_proj.bias")).toBe(true);
  expect(optional!.test("model.layers.0.self_attn.q_proj.weight")).toBe(false);
  expect(optional!.test("model.layers.0.self_attn.o_proj.bias")).toBe(false);
});

it("lets layers of T5 other than the first go without position biases", () => {
  const { optional } = namingRulesOf("T5ForConditionalGeneration");
  expect(optional!.test("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight")).toBe(true);
  expect(optional!.test("encoder.block.1.layer.0.SelfAttention.q.weight")).toBe(false);
});

it("knows two spellings of one class, and that Mistral is not Llama", () => {
  expect(isSameArchitecture("LLaMaForCausalLM", "LlamaForCausalLM")).toBe(true);
  expect(isSameArchitecture("MistralForCausalLM", "LlamaForCausalLM")).toBe(false);
});
