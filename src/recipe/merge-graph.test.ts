import { describe, expect, it } from "vitest";
import { llamaHeaders, openHeaders } from "../../test/header-models.ts";
import type { Plan, PlannedModel } from "./plan.ts";
import { planRecipe } from "./plan-recipe.ts";

const MODELS = { a: llamaHeaders(), b: llamaHeaders(), c: llamaHeaders() };

function planOf(text: string) {
  const opened: string[] = [];
  const openMerge = (plan: Plan): PlannedModel => {
    opened.push(plan.name);
    return {
      model: { ...openHeaders(MODELS)("a").model, name: plan.name },
      source: { kind: "folder", path: plan.name },
    };
  };
  return { ...planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS), openMerge }), opened };
}

const merge = (name: string, ...models: string[]) =>
  `${name === "" ? "" : `name: ${name}\n`}merge_method: linear\nparameters: {weight: 1}\nmodels: [${models.map((model) => `{model: ${model}}`).join(", ")}]\n`;

describe("a recipe of several documents", () => {
  it("plans each after those it needs, whatever their order in the text", () => {
    const text = [merge("", "left", "right"), merge("right", "left", "b"), merge("left", "a", "b")].join("---\n");
    const { plan, intermediates, problems, opened } = planOf(text);
    expect(problems).toEqual([]);
    expect(intermediates.map(({ name }) => name)).toEqual(["left", "right"]);
    expect(plan!.models.map(({ model }) => model.name)).toEqual(["left", "right"]);
    // A result that is used twice is opened once.
    expect(opened).toEqual(["left", "right"]);
  });

  it("takes the nameless document for the final merge, else the one that no other uses", () => {
    const named = planOf([merge("final", "part"), merge("part", "a")].join("---\n"));
    expect(named.plan!.models.map(({ model }) => model.name)).toEqual(["part"]);
  });

  it("keeps a document's own text for the intermediate merge and the whole text for the final one", () => {
    const text = [merge("part", "a"), merge("", "part")].join("---\n");
    const { plan, intermediates } = planOf(text);
    expect(plan!.recipeText).toBe(text);
    expect(intermediates[0]!.recipeText).toContain("name: part");
    expect(intermediates[0]!.recipeText).not.toContain("model: part");
  });

  it("means the result of a merge only where a model may stand", () => {
    const { plan, problems } = planOf([merge("linear", "a"), merge("", "linear", "b")].join("---\n"));
    expect(problems).toEqual([]);
    expect(plan!.method).toBe("linear");
  });
});
