/** Recipes of candidates, planned on the zoo: each tensor gets the settings of the layer group that it lies in. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openVirtualMerge } from "../../src/merge/open-source.ts";
import { METHODS } from "../../src/methods/index.ts";
import type { Param } from "../../src/methods/method.ts";
import { reopenModel, resolveModel } from "../../src/model/open-model.ts";
import { planRecipe } from "../../src/recipe/plan-recipe.ts";
import { candidateSpace } from "../../src/search/candidate-space.ts";
import { candidateRecipe, parentRecipe, plainRecipe, searchSpace } from "../../src/search/parameter-space.ts";
import type { Search } from "../../src/search/search.ts";
import { parseSearchFile } from "../../src/search/search-file.ts";

const ZOO = resolve(import.meta.dirname, "../../zoo");
const DEMO = readFileSync(join(ZOO, "demo.yaml"), "utf8");

function searchOf(text: string): Search {
  return parseSearchFile(text, { file: "demo.yaml", methods: METHODS, resolve: (path) => resolve(ZOO, path) }).search;
}

/** Weights by output tensor. */
function planned(recipeText: string): ReadonlyMap<string, unknown> {
  const openModel = (reference: string) => {
    const source = resolveModel(reference);
    return { model: reopenModel(source, reference), source };
  };
  const openMerge = openVirtualMerge;
  const { plan, problems, warnings } = planRecipe(recipeText, "candidate", { openModel, openMerge });
  expect(problems).toEqual([]);
  expect(warnings).toEqual([]);
  const weights = plan!.tensors.map(
    ({ name, work }) => [name, work.kind === "merge" ? work.settings["weight"] : work.kind] as const,
  );
  for (const { model } of plan!.models) model[Symbol.dispose]();
  return new Map(weights);
}

describe("a candidate on the zoo", () => {
  it("gives every layer the weights of its group, embeddings the first's, norm and head the last's", () => {
    const search = searchOf(DEMO);
    expect(searchSpace(search)).toHaveLength(8);
    const weights = planned(candidateRecipe(search, [0.1, 0.2, 0.3, 0.4, 1.1, 1.2, 1.3, 1.4], 8));
    for (let layer = 0; layer < 8; layer++) {
      const group = Math.floor(layer / 2) + 1;
      for (const part of ["self_attn.q_proj", "mlp.down_proj", "input_layernorm"])
        expect(weights.get(`model.layers.${layer}.${part}.weight`)).toEqual([group / 10, 1 + group / 10]);
    }
    expect(weights.get("model.embed_tokens.weight")).toEqual([0.1, 1.1]);
    expect(weights.get("model.norm.weight")).toEqual([0.4, 1.4]);
    expect(weights.get("lm_head.weight")).toEqual([0.4, 1.4]);
  });

  it("with one layer group has the same weights everywhere", () => {
    const search = searchOf(DEMO.replace("layer_groups: 4", "layer_groups: 1"));
    const weights = planned(candidateRecipe(search, [0.25, 0.75], 8));
    expect(weights.size).toBe(75);
    for (const weight of weights.values()) expect(weight).toEqual([0.25, 0.75]);
  });

  it("is planned without a warning, and so are parents and plain merges", () => {
    const search = searchOf(DEMO);
    for (const parent of search.parents) expect(planned(parentRecipe(parent)).size).toBe(75);
    for (const merge of search.compare) expect(planned(plainRecipe(merge, search.dtype)).size).toBe(75);
  });

  it("is planned where each layer group has a method of its own", () => {
    const models = "models: [models/math-en, models/ja, models/code]\nbase_model: models/base\n";
    const search = searchOf(`preset: lfs\n${models}tasks: [{ file: t.yaml, metric: m }]\n`);
    const { variables, recipe, round } = candidateSpace(search, 8, undefined);
    const text = recipe(round(variables.map(({ start }, i) => (i < 4 ? i : start))));
    const methods = ["linear", "task_arithmetic", "ties", "slerp", "passthrough"];
    expect([...text.matchAll(/merge_method: (\w+)/g)].map(([, method]) => method)).toEqual(methods);
    expect(planned(text).size).toBe(75);
  });
});

describe("every parameter of a method can be searched in layer groups and components", () => {
  const rangeOf = (name: string, param: Param): string => {
    if (param.kind === "flag") return "[false, true]";
    if (param.whole === true) return "{ low: 2, high: 5 }";
    return name === "epsilon" ? "{ low: 0.1, high: 0.3 }" : "{ low: 0.4, high: 0.6 }";
  };

  it.each(Object.values(METHODS).filter(({ params }) => Object.keys(params).length > 0))("$name", (method) => {
    const { params, base, arity } = method;
    const ranges = Object.entries(params).map(([name, param]) => `${name}: ${rangeOf(name, param)}`);
    const count = Math.min(2, arity[1] - (base === "required" ? 1 : 0));
    const models = ["models/math-en", "models/ja"].slice(0, count);
    const search = searchOf(`merge_method: ${method.name}
models: [${models.join(", ")}]
${base === "required" ? "base_model: models/base\n" : ""}space: { layer_groups: 2, components: [mlp], ${ranges.join(", ")} }
tasks: [{ file: t.yaml, metric: m }]
budget: { evaluations: 2 }
`);
    const { variables, recipe, round } = candidateSpace(search, 8, undefined);
    for (const end of ["start", "high"] as const)
      expect(planned(recipe(round(variables.map((variable) => variable[end])))).size).toBe(75);
  });
});
