import { describe, expect, it } from "vitest";
import { LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { openHeaders } from "../../test/header-models.ts";
import { findMethod } from "../methods/index.ts";
import { planRecipe } from "../recipe/plan-recipe.ts";
import { plannedIdentity } from "./planned-identity.ts";

const headers = { config: LLAMA_CONFIG, tensors: LLAMA_SHAPES };
const openModel = openHeaders({ base: headers, a: headers, b: headers });

/** Returns the identities of a recipe's tensors, by name. */
function identities(text: string, seed = 0): Readonly<Record<string, string>> {
  const { plan, problems } = planRecipe(text, "recipe.yaml", { openModel, seed });
  expect(problems).toEqual([]);
  const method = findMethod(plan!.method);
  return Object.fromEntries(plan!.tensors.map((tensor) => [tensor.name, plannedIdentity(plan!, method, tensor)]));
}

const linear = (weight: string, more = "") =>
  `merge_method: linear\nmodels:\n  - {model: a, parameters: {weight: ${weight}}}\n  - {model: b, parameters: {weight: 1}}\n${more}`;
const dare = `merge_method: dare_linear\nbase_model: base\nmodels:\n  - {model: a, parameters: {weight: 1, density: 0.5}}\n`;
const layers = (first: number, second: number) =>
  `merge_method: passthrough\nslices:\n${[first, second].map((l) => `  - sources: [{model: a, layer_range: [${l}, ${l + 1}]}]\n`).join("")}`;
const [UP0, UP1] = [0, 1].map((l) => `model.layers.${l}.mlp.up_proj.weight`) as [string, string];

describe("plannedIdentity", () => {
  it("is the same for tensors with equal settings, whatever others have", () => {
    const one = identities(linear("0.5"));
    const other = identities(linear("[{filter: layers.1., value: 0.3}, {value: 0.5}]"));
    expect(other[UP0]).toBe(one[UP0]);
    expect(other[UP1]).not.toBe(one[UP1]);
  });

  it("tells inputs apart, and the type that is written", () => {
    const one = identities(linear("0.5"));
    expect(one[UP0]).not.toBe(one[UP1]);
    expect(identities(linear("0.5", "out_dtype: bfloat16\n"))[UP0]).not.toBe(one[UP0]);
    expect(identities(linear("0.5", "dtype: float16\n"))[UP0]).not.toBe(one[UP0]);
  });

  it("counts neither a tensor's own name nor its place", () => {
    const twice = identities(layers(1, 1));
    expect(twice[UP0]).toBe(twice[UP1]);
    expect(twice[UP0]).toBe(identities(layers(0, 1))[UP1]);
  });

  it("of a copy is its source's, unless its values are rounded", () => {
    const { plan } = planRecipe(layers(0, 1), "recipe.yaml", { openModel });
    const [tensor] = plan!.tensors.filter(({ name }) => name === UP1);
    const [from] = tensor!.work.kind === "merge" ? tensor!.work.models : [];
    const copyOf = (grid: "BF16" | undefined) =>
      plannedIdentity(plan!, findMethod("passthrough"), {
        ...tensor!,
        work: { kind: "copy", from: from!, equalTo: [], grid },
      });
    expect(copyOf(undefined)).toBe(`a ${UP1}`);
    expect(copyOf("BF16")).toMatch(/^[0-9a-f]{64}$/);
  });

  it("depends on the seed only where the method draws", () => {
    expect(identities(linear("0.5"), 1)).toEqual(identities(linear("0.5"), 2));
    expect(identities(dare, 1)[UP0]).not.toBe(identities(dare, 2)[UP0]);
    expect(identities(dare, 1)).toEqual(identities(dare, 1));
  });
});
