import { expect, it } from "vitest";
import { moduleOf, modulesOf } from "./modules.ts";

const namesOf = (architecture: string, towers: readonly string[]) =>
  modulesOf(architecture, towers).map(({ name }) => name);

it("has one module where there is one row of layers", () => {
  expect(namesOf("LlamaForCausalLM", ["model.layers"])).toEqual(["default"]);
  expect(moduleOf(modulesOf("LlamaForCausalLM", ["model.layers"]), "lm_head.weight")?.name).toBe("default");
});

it("calls the rows of an unknown class by their prefixes, and the rest default", () => {
  const rules = modulesOf("TwoTowers", ["a.layers", "b.layers"]);
  expect(rules.map(({ name }) => name)).toEqual(["a.layers", "b.layers", "default"]);
  expect(moduleOf(rules, "b.layers")?.name).toBe("b.layers");
  expect(moduleOf(rules, "head.weight")?.name).toBe("default");
});

it.each([
  ["encoder.block", "encoder"],
  ["decoder.block", "decoder"],
  ["decoder.final_layer_norm.weight", "decoder"],
  ["lm_head.weight", "decoder"],
  ["shared.weight", "shared"],
])("puts %s of a T5 into %s", (name, module) => {
  expect(moduleOf(modulesOf("T5ForConditionalGeneration", []), name)?.name).toBe(module);
});

it.each([
  ["model.language_model.layers", "text_decoder"],
  ["model.vision_tower.vision_model.encoder.layers", "vision_tower"],
  ["model.visual.blocks", "vision_tower"],
  ["model.visual.merger.mlp", "multi_modal_projector"],
  ["multi_modal_projector.linear_1.weight", "multi_modal_projector"],
  ["lm_head.weight", "text_decoder"],
])("puts %s of a model that sees into %s", (name, module) => {
  expect(moduleOf(modulesOf("Qwen2_5_VLForConditionalGeneration", []), name)?.name).toBe(module);
});
