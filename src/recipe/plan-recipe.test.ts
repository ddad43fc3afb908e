import { describe, expect, it } from "vitest";
import { llamaHeaders, openHeaders } from "../../test/header-models.ts";
import { mergeOf, planOf, tensorOf, valuesOf } from "../../test/header-plans.ts";
import type { Plan } from "./plan.ts";
import { type PlanOptions, planRecipe } from "./plan-recipe.ts";

const CONVERTED = { converted: true } as const;
const up = (layer: number) => `model.layers.${layer}.mlp.up_proj.weight`;
const norm = (layer: number) => `model.layers.${layer}.input_layernorm.weight`;

describe("whole models", () => {
  const models = { a: llamaHeaders(), b: llamaHeaders({ dtype: "BF16" }), base: llamaHeaders() };

  it("merges every tensor of the models, in the order of the recipe", () => {
    const plan = planOf(
      "merge_method: linear\nmodels: [{model: b, parameters: {weight: 0.2}}, {model: a, parameters: {weight: 0.8}}]\n",
      models,
    );
    expect(plan.tensors).toHaveLength(7);
    expect(plan.models.map(({ model }) => model.name)).toEqual(["b", "a"]);
    const work = mergeOf(plan, up(1));
    expect(work.models).toEqual([
      { model: 0, tensor: up(1) },
      { model: 1, tensor: up(1) },
    ]);
    expect(work.settings).toMatchObject({ weight: [0.2, 0.8], normalize: true });
    expect(work.base).toBeUndefined();
  });

  it("keeps the base apart, wherever it is listed, and gives it no settings", () => {
    const text = "merge_method: task_arithmetic\nbase_model: base\nmodels:\n";
    const listed = planOf(
      `${text}  - model: a\n    parameters: {weight: 1}\n  - model: base\n  - model: b\n    parameters: {weight: 2}\n`,
      models,
    );
    const added = planOf(
      `${text}  - model: a\n    parameters: {weight: 1}\n  - model: b\n    parameters: {weight: 2}\n`,
      models,
    );
    for (const plan of [listed, added]) {
      const { base, models: others, settings } = mergeOf(plan, up(0));
      expect(plan.models[base!.model]!.model.name).toBe("base");
      expect(others.map(({ model }) => plan.models[model]!.model.name)).toEqual(["a", "b"]);
      expect(settings).toMatchObject({ weight: [1, 2], density: [1, 1] });
    }
  });

  it("takes config and side files from the base, else from the first model", () => {
    const linear = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a}, {model: b}]\n";
    expect(planOf(linear, models).donor).toBe(0);
    const based = planOf(`${linear}base_model: base\n`, models);
    expect(based.models[based.donor]!.model.name).toBe("base");
  });

  it("works tensor by tensor in code-point order of the largest input name", () => {
    const plan = planOf("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: deep}]\n", {
      deep: llamaHeaders({ layers: 11 }),
    });
    const names = plan.tensors.map(({ name }) => name);
    expect(names.slice(0, 6)).toEqual(["lm_head.weight", "model.embed_tokens.weight", norm(0), up(0), norm(1), up(1)]);
    expect(names.indexOf(up(10))).toBeLessThan(names.indexOf(norm(2)));
  });

  it("reads modules.default as if it stood at the top, its parameters before those of the recipe", () => {
    const plan = planOf(
      "merge_method: linear\nmodules: {default: {models: [{model: a}], parameters: {weight: 2}}}\nparameters: {weight: 3}\n",
      models,
    );
    expect(mergeOf(plan, up(0)).settings).toMatchObject({ weight: [2] });
  });
});

describe("layers put together", () => {
  const models = { a: llamaHeaders({ layers: 4 }), b: llamaHeaders({ layers: 4 }) };
  const stack = (more = "") =>
    `merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 2]}]\n  - sources: [{model: b, layer_range: [1, 4]}]\n${more}`;

  it("numbers the layers through, and takes what comes before from the first slice and what comes after from the last", () => {
    const plan = planOf(stack(), models);
    const origin = (name: string) => {
      const [input] = mergeOf(plan, name).models;
      return `${plan.models[input!.model]!.model.name} ${input!.tensor}`;
    };
    expect(origin(up(1))).toBe(`a ${up(1)}`);
    expect(origin(up(2))).toBe(`b ${up(1)}`);
    expect(origin(up(4))).toBe(`b ${up(3)}`);
    expect(origin("model.embed_tokens.weight")).toBe("a model.embed_tokens.weight");
    expect(origin("model.norm.weight")).toBe("b model.norm.weight");
    expect(origin("lm_head.weight")).toBe("b lm_head.weight");
    expect(plan.tensors).toHaveLength(2 + 5 * 2 + 1);
    expect(plan.config["num_hidden_layers"]).toBe(5);
  });

  it("orders by the names of the inputs, not of the output", () => {
    const plan = planOf(
      "merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [3, 4]}]\n  - sources: [{model: a, layer_range: [0, 1]}]\n",
      models,
    );
    expect(plan.tensors.map(({ name }) => name).filter((name) => name.includes("up_proj"))).toEqual([up(1), up(0)]);
  });

  it("spreads gradients over each slice; embeddings, final norm and head take the first value", () => {
    // The example of mergekit's rules: [0, 10] over two layers, then [3, 7] over one.
    const plan = planOf(
      "merge_method: passthrough\nslices:\n" +
        "  - sources: [{model: a, layer_range: [0, 2], parameters: {scale: [0, 10]}}]\n" +
        "  - sources: [{model: a, layer_range: [2, 3], parameters: {scale: [3, 7]}}]\n",
      models,
    );
    expect(valuesOf(plan, "scale")).toMatchObject({
      "model.embed_tokens.weight": 0,
      [up(0)]: 0,
      [up(1)]: 10,
      [up(2)]: 7,
      "model.norm.weight": 3,
      "lm_head.weight": 3,
    });
  });

  it("asks source, slice and recipe in this order, going on where no filter matches", () => {
    const plan = planOf(
      "merge_method: passthrough\nslices:\n" +
        "  - sources: [{model: a, layer_range: [0, 1], parameters: {scale: [{filter: up_proj, value: 2}]}}]\n" +
        "    parameters: {scale: [{filter: layers, value: 3}]}\n" +
        "parameters: {scale: 5}\n",
      models,
    );
    expect(valuesOf(plan, "scale")).toMatchObject({ [up(0)]: 2, [norm(0)]: 3, "lm_head.weight": 5 });
  });

  it("shows filters of a model its own layer numbers, and those of the merge the output's", () => {
    const plan = planOf(
      "merge_method: slerp\nbase_model: a\nslices:\n" +
        "  - sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [3, 4]}]\n" +
        "parameters: {t: [{filter: layers.0., value: 0.25}, {value: 0.75}]}\n",
      models,
    );
    expect(valuesOf(plan, "t")).toMatchObject({ [up(0)]: 0.25, "lm_head.weight": 0.75 });
    const own = planOf(
      "merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [2, 3], parameters: {scale: [{filter: layers.2., value: 4}]}}]\n",
      models,
    );
    expect(valuesOf(own, "scale")).toMatchObject({ [up(0)]: 4, "lm_head.weight": null });
  });

  it("lets a slice have a base of its own, which holds for what is read through it", () => {
    const plan = planOf(
      "merge_method: task_arithmetic\nbase_model: a\nparameters: {weight: 1}\nslices:\n" +
        "  - sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]\n" +
        "  - sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}]\n    base_model: b\n",
      models,
    );
    const baseOf = (name: string) => plan.models[mergeOf(plan, name).base!.model]!.model.name;
    expect([up(0), "model.embed_tokens.weight", up(1), "lm_head.weight"].map(baseOf)).toEqual(["a", "a", "b", "b"]);
  });

  it("merges final norm and head from as many sources of the last slice as the first has, and from the base", () => {
    const plan = planOf(
      "merge_method: task_arithmetic\nparameters: {weight: 1}\nslices:\n" +
        "  - sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]\n    base_model: a\n" +
        "  - sources: [{model: c, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}, {model: d, layer_range: [1, 2]}, {model: a, layer_range: [1, 2]}]\n    base_model: a\n",
      { ...models, c: llamaHeaders({ layers: 4 }), d: llamaHeaders({ layers: 4 }) },
    );
    const inputsOf = (name: string) => {
      const { base, models: others } = mergeOf(plan, name);
      return [base!, ...others].map(({ model }) => plan.models[model]!.model.name);
    };
    expect(inputsOf(up(1))).toEqual(["a", "c", "b", "d"]);
    expect(inputsOf("model.norm.weight")).toEqual(["a", "c", "b"]);
    expect(inputsOf("model.embed_tokens.weight")).toEqual(["a", "b"]);
  });

  it("emits nothing for an empty range", () => {
    const plan = planOf("merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [2, 2]}]\n", models);
    expect(plan.tensors.map(({ name }) => name)).toEqual([
      "lm_head.weight",
      "model.embed_tokens.weight",
      "model.norm.weight",
    ]);
    expect(plan.config["num_hidden_layers"]).toBe(0);
  });
});

describe("types", () => {
  const models = {
    f32: llamaHeaders(),
    bf16: llamaHeaders({ dtype: "BF16" }),
    f16: llamaHeaders({ dtype: "F16" }),
    f8: llamaHeaders({ dtype: "F8_E4M3" }),
  };
  const merge = (names: string[], more = "") =>
    planOf(
      `merge_method: linear\nparameters: {weight: 1}\nmodels: [${names.map((name) => `{model: ${name}}`)}]\n${more}`,
      models,
    );
  const typesOf = (plan: Plan) => [mergeOf(plan, up(0)).compute, tensorOf(plan, up(0)).dtype];

  it("computes and writes in the recipe's dtype", () => {
    expect(typesOf(merge(["f32", "bf16"], "dtype: float16"))).toEqual(["F16", "F16"]);
    expect(typesOf(merge(["f8"], "dtype: torch.bfloat16"))).toEqual(["BF16", "BF16"]);
  });

  it("writes in out_dtype", () => {
    expect(typesOf(merge(["f32"], "dtype: float32\nout_dtype: bfloat16"))).toEqual(["F32", "BF16"]);
  });

  it("takes the common type of what is stored when the recipe has none, as mergekit 0.1.5 does", () => {
    expect(typesOf(merge(["bf16"]))).toEqual(["BF16", "BF16"]);
    expect(typesOf(merge(["bf16", "f32"]))).toEqual(["F32", "F32"]);
    expect(typesOf(merge(["bf16", "f16"]))).toEqual(["F32", "F32"]);
  });

  it("copies what it cannot compute with, where nothing is done to it", () => {
    const pass = (name: string, more = "") =>
      planOf(`merge_method: passthrough\nmodels: [{model: ${name}}]\n${more}`, {
        ...models,
        f64: llamaHeaders({ dtype: "F64" }),
      });
    for (const [name, dtype] of [
      ["f8", "F8_E4M3"],
      ["f64", "F64"],
    ] as const) {
      const { dtype: written, work } = tensorOf(pass(name), up(0));
      expect([written, work]).toEqual([
        dtype,
        { kind: "copy", from: { model: 0, tensor: up(0) }, equalTo: [], grid: undefined },
      ]);
    }
    expect(tensorOf(pass("f32"), up(0)).work.kind).toBe("merge");
    expect(typesOf(pass("f8", "dtype: bfloat16"))).toEqual(["BF16", "BF16"]);
    expect(() => pass("f8", "parameters: {scale: 2}")).toThrow();
  });

  it("computes in float32 what is asked for in float64", () => {
    expect(typesOf(merge(["f32"], "dtype: float64"))).toEqual(["F32", "F32"]);
  });
});

describe("buffers", () => {
  const ids = (name: string) => llamaHeaders({ more: { [name]: [9] }, types: { [name]: "I64" } });

  it("copies integers of the base and names the inputs that must equal them", () => {
    const plan = planOf(
      "merge_method: task_arithmetic\nbase_model: b\nparameters: {weight: 1}\nmodels: [{model: a}]\n",
      { a: ids("mask"), b: ids("mask") },
    );
    const b = plan.models.findIndex(({ model }) => model.name === "b");
    expect(tensorOf(plan, "mask")).toEqual({
      name: "mask",
      shape: [9],
      dtype: "I64",
      work: {
        kind: "copy",
        from: { model: b, tensor: "mask" },
        equalTo: [{ model: 1 - b, tensor: "mask" }],
        grid: undefined,
      },
    });
  });

  it("casts integers that the recipe's dtype covers, but never position ids", () => {
    const text = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a}]\ndtype: float16\n";
    expect(tensorOf(planOf(text, { a: ids("mask") }), "mask").dtype).toBe("F16");
    expect(tensorOf(planOf(text, { a: ids("position_ids") }), "position_ids").dtype).toBe("I64");
  });

  it("demands the buffers of GPT-NeoX as mergekit does, unless told otherwise", () => {
    const neox = llamaHeaders({ config: { architectures: ["GPTNeoXForCausalLM"] } });
    const text = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: neox}]\n";
    expect(planRecipe(text, "", { openModel: openHeaders({ neox }) }).problems[0]!.code).toBe("recipe/buffers_missing");
    expect(planOf(text, { neox }, { allowMissingBuffers: true }).tensors).toHaveLength(7);
  });
});

describe("tied and optional tensors", () => {
  const tied = llamaHeaders({ without: ["lm_head.weight"], config: { tie_word_embeddings: true } });
  const untied = llamaHeaders({ config: { tie_word_embeddings: false } });
  const text = (models: string) => `merge_method: linear\nparameters: {weight: 1}\nmodels: [${models}]\n`;

  it("writes no head where no model has one", () => {
    const plan = planOf(text("{model: t}"), { t: tied });
    expect(plan.tensors.map(({ name }) => name)).not.toContain("lm_head.weight");
    expect(plan.config["tie_word_embeddings"]).toBe(true);
  });

  it("lets a model without a head give its embedding where another has one, and unties the config", () => {
    const plan = planOf(text("{model: t}, {model: u}"), { t: tied, u: untied });
    expect(mergeOf(plan, "lm_head.weight").models).toEqual([
      { model: 0, tensor: "model.embed_tokens.weight" },
      { model: 1, tensor: "lm_head.weight" },
    ]);
    expect(plan.config["tie_word_embeddings"]).toBe(false);
  });

  it("keeps the config tied when the head is only a copy of the embedding", () => {
    const copy = llamaHeaders({ config: { tie_word_embeddings: true } });
    const plan = planOf(text("{model: c}"), { c: copy });
    expect(tensorOf(plan, "lm_head.weight")).toBeDefined();
    expect(plan.config["tie_word_embeddings"]).toBe(true);
  });

  const bias = "model.layers.0.self_attn.q_proj.bias";
  const config = { architectures: ["StableLmForCausalLM"] };
  const stable = { with: llamaHeaders({ config, more: { [bias]: [4] } }), without: llamaHeaders({ config }) };

  it("merges those that have an optional tensor", () => {
    const plan = planOf(text("{model: without}, {model: with}"), stable);
    expect(mergeOf(plan, bias).models).toEqual([{ model: 1, tensor: bias }]);
    expect(mergeOf(plan, bias).settings).toMatchObject({ weight: [1] });
  });

  it("copies one that is alone where the method says so, through the recipe's types", () => {
    const slerp = "merge_method: slerp\nbase_model: without\nparameters: {t: 0.5}\nmodels: [{model: with}]\n";
    const copy = { kind: "copy", from: { model: 1, tensor: bias }, equalTo: [] };
    expect(tensorOf(planOf(slerp, stable), bias)).toMatchObject({ dtype: "F32", work: { ...copy, grid: undefined } });
    const cast = planOf(`${slerp}dtype: float16\nout_dtype: float32\n`, stable);
    expect(tensorOf(cast, bias)).toMatchObject({ dtype: "F32", work: { ...copy, grid: "F16" } });
  });
});

describe("vocabularies of unequal size", () => {
  it("are cut to the smallest when that is allowed, and the config stays", () => {
    const models = { a: llamaHeaders({ rows: 10 }), b: llamaHeaders({ rows: 8 }) };
    const plan = planOf("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a}, {model: b}]\n", models, {
      unsafeTruncateEmbeddings: true,
    });
    expect(tensorOf(plan, "model.embed_tokens.weight").shape).toEqual([8, 4]);
    expect(tensorOf(plan, "lm_head.weight").shape).toEqual([8, 4]);
    expect(plan.config["vocab_size"]).toBe(10);
  });
});

describe("random draws", () => {
  it("gives each tensor its share of the stream, in the order of work", () => {
    const plan = planOf(
      "merge_method: dare_ties\nbase_model: b\nparameters: {weight: 1, density: 0.5}\nmodels: [{model: a}]\n",
      { a: llamaHeaders(), b: llamaHeaders() },
      { seed: 7 },
    );
    expect(plan.seed).toBe(7);
    expect(plan.tensors.slice(0, 4).map(({ name }) => mergeOf(plan, name).drawStart)).toEqual([0, 32, 64, 68]);
  });
});

it("draws first for tensors that only loading puts together, as mergekit sorts them", () => {
  const open = openHeaders({ a: llamaHeaders(), b: llamaHeaders() });
  const openModel: PlanOptions["openModel"] = (reference) => {
    const { model, source } = open(reference);
    const tensors = new Map(
      [...model.tensors].map(([name, info]) => [name, { ...info, ...(name === up(1) && CONVERTED) }]),
    );
    return { model: { ...model, tensors }, source };
  };
  const text = "merge_method: dare_ties\nbase_model: b\nparameters: {weight: 1, density: 0.5}\nmodels: [{model: a}]\n";
  expect(planOf(text, {}, { openModel }).tensors[0]).toMatchObject({ name: up(1), work: { drawStart: 0 } });
});

describe("mixtures of architectures", () => {
  const models = { a: llamaHeaders(), m: llamaHeaders({ config: { architectures: ["MistralForCausalLM"] } }) };

  it("are planned when allowed", () => {
    const text = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a}, {model: m}]\n";
    expect(planOf(text, models, { allowCrimes: true }).tensors).toHaveLength(7);
  });

  it("are no mixtures when a model is declared to be of the other class, which config.json then says", () => {
    const text =
      "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: {model: m, override_architecture: LlamaForCausalLM}}, {model: a}]\n";
    expect(planOf(text, models).config["architectures"]).toEqual(["LlamaForCausalLM"]);
  });
});

it("opens each model once", () => {
  const opened: string[] = [];
  const open = openHeaders({ a: llamaHeaders(), b: llamaHeaders() });
  const text =
    "merge_method: task_arithmetic\nbase_model: b\nparameters: {weight: 1}\nmodels: [{model: a}, {model: b}]\n";
  planRecipe(text, "", {
    openModel(reference) {
      opened.push(reference);
      return open(reference);
    },
  });
  expect(opened).toEqual(["b", "a"]);
});

it("lets errors pass that are no fault of the recipe", () => {
  const openModel = () => {
    throw new TypeError("a bug");
  };
  const text = "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}]\n";
  expect(() => planRecipe(text, "", { openModel })).toThrow(TypeError);
});
