import { describe, expect, it } from "vitest";
import { llamaHeaders, openHeaders } from "../../test/header-models.ts";
import type { Json } from "../base/canonical-json.ts";
import type { ModelConfig } from "../model/model.ts";
import { planRecipe } from "./plan-recipe.ts";

type Config = { readonly [key: string]: Json };

/** Stacks layers 0 and 1 of a and 1 to 3 of b, each of four layers. */
function stack(a: Config, b: Config = a, more = ""): ModelConfig {
  const openModel = openHeaders({
    a: llamaHeaders({ layers: 4, config: a }),
    b: llamaHeaders({ layers: 4, config: b }),
  });
  const text = `merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 2]}]\n  - sources: [{model: b, layer_range: [1, 4]}]\n${more}`;
  const { plan, problems } = planRecipe(text, "", { openModel });
  expect(problems).toEqual([]);
  return plan!.config;
}

describe("dtype", () => {
  it("is written for new and old readers, out_dtype before dtype", () => {
    expect(stack({}, {}, "dtype: bfloat16\n")).toMatchObject({ dtype: "bfloat16", torch_dtype: "bfloat16" });
    expect(stack({}, {}, "dtype: float32\nout_dtype: float16\n")).toMatchObject({
      dtype: "float16",
      torch_dtype: "float16",
    });
  });

  it("stays the donor's when the recipe has none", () => {
    expect(stack({ torch_dtype: "float16" })).toMatchObject({ torch_dtype: "float16" });
    expect(stack({ torch_dtype: "float16" })).not.toHaveProperty("dtype");
  });
});

describe("stacking", () => {
  it.each(["num_hidden_layers", "n_layer", "n_layers", "num_layers"])("counts layers under %s", (key) => {
    const config = { num_hidden_layers: null, [key]: 4 };
    expect(stack(config)).toMatchObject({ [key]: 5 });
  });

  it("counts layers of a language model among others", () => {
    const config = { num_hidden_layers: null, text_config: { num_hidden_layers: 4, hidden_size: 4 } };
    expect(stack(config)["text_config"]).toEqual({ num_hidden_layers: 5, hidden_size: 4 });
  });

  it("puts lists with a value for each layer together from the layers' own models", () => {
    const types = (letter: string) => ({ layer_types: [0, 1, 2, 3].map((layer) => `${letter}${layer}`) });
    expect(stack(types("a"), types("b"))["layer_types"]).toEqual(["a0", "a1", "b1", "b2", "b3"]);
  });

  it("leaves lists alone that are not there for every layer", () => {
    expect(stack({ layer_types: ["only one"] })["layer_types"]).toEqual(["only one"]);
  });

  it("does not touch layer counts of whole models", () => {
    const openModel = openHeaders({ a: llamaHeaders({ layers: 3 }) });
    const { plan } = planRecipe("merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}]\n", "", {
      openModel,
    });
    expect(plan!.config["num_hidden_layers"]).toBe(3);
  });
});

describe("attention windows that begin at a layer", () => {
  it("begin at the same place in the stack", () => {
    // Layers 0 1 | 1 2 3, of which 3 has a window.
    expect(stack({ max_window_layers: 3 })["max_window_layers"]).toBe(4);
  });

  it("still begin behind the last layer", () => {
    expect(stack({ max_window_layers: 4 })["max_window_layers"]).toBe(5);
    expect(stack({ max_window_layers: 28 })["max_window_layers"]).toBe(28);
  });

  it("stay as they are where one number cannot say it", () => {
    // Layers 0 1 | 1 2 3 of b, whose layers 1 to 3 have a window, but those of a from 0 on.
    expect(stack({ max_window_layers: 0 }, { max_window_layers: 2 })["max_window_layers"]).toBe(0);
  });
});

describe("layers that a rule told apart", () => {
  const types = (text: string) => [...text].map((type) => (type === "s" ? "sliding_attention" : "full_attention"));
  const gemma2 = { architectures: ["Gemma2ForCausalLM"], model_type: "gemma2", sliding_window: 4 };

  it("are listed where they change their places, as every other layer of Gemma 2", () => {
    expect(stack(gemma2)["layer_types"]).toEqual(types("sffsf"));
  });

  it("take their own model's rule or list", () => {
    const gemma3 = { architectures: ["Gemma3ForCausalLM"], model_type: "gemma3_text", sliding_window_pattern: 2 };
    expect(stack(gemma3, { ...gemma3, sliding_window_pattern: 4 })["layer_types"]).toEqual(types("sfssf"));
    expect(stack(gemma3, { ...gemma3, layer_types: types("ffss") })["layer_types"]).toEqual(types("sffss"));
  });

  it("of several modalities' language models too", () => {
    const inner = { num_hidden_layers: 4, model_type: "gemma2", hidden_size: 4 };
    const text = stack({ architectures: ["Unknown"], num_hidden_layers: null, text_config: inner })["text_config"];
    expect((text as Config)["layer_types"]).toEqual(types("sffsf"));
  });

  it("are not listed where the rule still holds", () => {
    const qwen2 = { architectures: ["Qwen2ForCausalLM"], model_type: "qwen2", sliding_window: 4 };
    expect(stack(qwen2)).not.toHaveProperty("layer_types");
    const sliding = { ...qwen2, use_sliding_window: true };
    expect(stack({ ...sliding, max_window_layers: 3 })).not.toHaveProperty("layer_types");
    expect(stack({ ...sliding, max_window_layers: 0 }, { ...sliding, max_window_layers: 2 })["layer_types"]).toEqual(
      types("ssfss"),
    );
  });

  it("know positions or not, by SmolLM 3's interval", () => {
    const smol = { architectures: ["SmolLM3ForCausalLM"], model_type: "smollm3", no_rope_layer_interval: 2 };
    expect(stack(smol)["no_rope_layers"]).toEqual([1, 0, 0, 1, 0]);
  });

  it("have experts or not, by Qwen's steps and exceptions", () => {
    const moe = { architectures: ["Qwen2MoeForCausalLM"], model_type: "qwen2_moe" };
    expect(stack(moe)).not.toHaveProperty("mlp_only_layers");
    expect(stack({ ...moe, decoder_sparse_step: 2 })).toMatchObject({
      decoder_sparse_step: 1,
      mlp_only_layers: [0, 3],
    });
    expect(stack({ ...moe, mlp_only_layers: [1] })).toMatchObject({ mlp_only_layers: [1, 2] });
  });
});
