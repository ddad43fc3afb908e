import { describe, expect, it } from "vitest";
import { type HeaderChanges, llamaHeaders, openHeaders, tokenizerText } from "../../test/header-models.ts";
import { type GatheredTensor, ROW_KINDS } from "../model/gathered-model.ts";
import type { Plan } from "./plan.ts";
import { planRecipe } from "./plan-recipe.ts";

const model = (tokens: string, added: Readonly<Record<string, number>> = {}, changes: HeaderChanges = {}) => {
  const rows = changes.rows ?? tokens.length + Object.keys(added).length;
  return llamaHeaders({ files: { "tokenizer.json": tokenizerText([...tokens], added) }, ...changes, rows });
};

const MODELS = {
  base: model("abcd"),
  more: model("abcd", { "<x>": 4 }),
  late: model("abcd", { "<x>": 4, "<y>": 5 }, { config: { vocab_size: 5 }, rows: 6 }),
  other: model("dxa"),
  tied: model("abcd", {}, { without: ["lm_head.weight"] }),
  qwen: model("abcd", {}, { config: { model_type: "qwen2" } }),
};

function planOf(models: readonly string[], tokenizer: string, more = ""): Plan {
  const list = models.map((name) => `{model: ${name}}`).join(", ");
  const text = `merge_method: linear\nparameters: {weight: 1}\nmodels: [${list}]\ntokenizer: ${tokenizer}\n${more}`;
  const { plan, problems } = planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS) });
  expect(problems).toEqual([]);
  return plan!;
}

function gatheredOf(plan: Plan, at: number, name = "model.embed_tokens.weight"): GatheredTensor {
  const { source } = plan.models[at]!;
  if (source.kind !== "gathered") return expect.unreachable("the model is gathered");
  return source.tensors.find((tensor) => tensor.name === name)!;
}

/** Every row as `source:row`, or what it is made of. */
function rowsOf({ rowSource, rowIndex, averages }: GatheredTensor): string[] {
  return [...rowSource].map((source, row) => {
    if (source >= 0) return `${source}:${rowIndex[row]}`;
    if (source === ROW_KINDS.average) return averages[rowIndex[row]!]!.map((part) => part.join(":")).join("+");
    return source === ROW_KINDS.zero ? "zero" : "mean";
  });
}

describe("base", () => {
  it("keeps the base's rows, and takes others' rows by token", () => {
    const plan = planOf(["base", "other"], "{source: base}");
    expect(rowsOf(gatheredOf(plan, 0))).toEqual(["0:0", "0:1", "0:2", "0:3"]);
    expect(rowsOf(gatheredOf(plan, 1))).toEqual(["1:2", "0:1", "0:2", "1:0"]);
    expect(plan.config["vocab_size"]).toBe(4);
  });

  it("drops tokens that its model has no rows for", () => {
    const plan = planOf(["late", "more"], "{source: base}");
    expect(plan.config["vocab_size"]).toBe(5);
    expect(plan.sideTexts.get("tokenizer.json")).not.toContain("<y>");
  });
});

describe("union", () => {
  it("adds tokens model by model, in the order of their ids, ordinary ones first", () => {
    const plan = planOf(["base", "more", "other"], "{source: union}");
    const { added_tokens } = JSON.parse(plan.sideTexts.get("tokenizer.json")!) as {
      added_tokens: { id: number; content: string; special: boolean }[];
    };
    expect(added_tokens.map(({ id, content, special }) => [id, content, special])).toEqual([
      [4, "x", false],
      [5, "<x>", true],
    ]);
    expect(plan.sideTexts.get("vocab.json")).toBeNull();
    // "x" is other's alone, and "<x>" more's.
    expect(rowsOf(gatheredOf(plan, 0)).slice(4)).toEqual(["2:1", "1:4"]);
  });

  it("averages rows that several models have, unless the base has them", () => {
    expect(rowsOf(gatheredOf(planOf(["base", "more", "other"], "{}"), 2))[1]).toBe("0:1+1:1");
    const based = planOf(["base", "more", "other"], "{}", "base_model: base\n");
    expect(rowsOf(gatheredOf(based, 2))[1]).toBe("0:1");
  });

  it("refuses the token that transformers adds beyond the rows", () => {
    const text = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: qwen}]\ntokenizer_source: union\n";
    const { problems } = planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS) });
    expect(problems).toMatchObject([{ code: "recipe/token_without_row", line: 4, column: 19 }]);
  });
});

describe("rules for single tokens", () => {
  it("fill in, and replace where they are forced", () => {
    const rule = (force: boolean) =>
      `{source: union, tokens: {b: {source: {kind: model_token, model: other, token: x}, force: ${force}}}}`;
    expect(rowsOf(gatheredOf(planOf(["base", "other"], rule(false)), 0))[1]).toBe("0:1");
    expect(rowsOf(gatheredOf(planOf(["base", "other"], rule(false)), 1))[1]).toBe("1:1");
    expect(rowsOf(gatheredOf(planOf(["base", "other"], rule(true)), 0))[1]).toBe("1:1");
  });

  it("may say nothing of a token that every model has", () => {
    expect(rowsOf(gatheredOf(planOf(["base", "more"], "{source: base, tokens: {a: {}}}"), 1))[0]).toBe("1:0");
    const { problems } = planRecipe(
      "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: base}, {model: other}]\ntokenizer: {tokens: {b: {}}}\n",
      "test.yaml",
      { openModel: openHeaders(MODELS) },
    );
    expect(problems.map(({ code }) => code)).toContain("recipe/token_without_source");
  });

  it("add tokens that no model has", () => {
    const plan = planOf(
      ["base"],
      "{source: base, tokens: {new: {source: {kind: zero}}, newer: {source: {kind: model_token, model: base, token_id: 2}}}}",
    );
    expect(rowsOf(gatheredOf(plan, 0)).slice(4)).toEqual(["zero", "0:2"]);
  });
});

it("leaves rows zero of tokens that the base, or the only model, has no rows for", () => {
  expect(rowsOf(gatheredOf(planOf(["late"], "{source: late}"), 0)).slice(4)).toEqual(["0:4", "zero"]);
  expect(rowsOf(gatheredOf(planOf(["base", "late"], "{source: late}", "base_model: late\n"), 0))[5]).toBe("zero");
});

it("pads with the mean of a model's rows", () => {
  const plan = planOf(["base"], "{source: base, pad_to_multiple_of: 3}");
  expect(rowsOf(gatheredOf(plan, 0)).slice(4)).toEqual(["mean", "mean"]);
  expect(plan.config["vocab_size"]).toBe(6);
  expect(plan.tensors.find(({ name }) => name === "lm_head.weight")!.shape).toEqual([6, 4]);
});

it("keeps the models as they were for who wants to run them", () => {
  const { models } = planOf(["base", "more"], "{source: union}");
  expect(models.map(({ original }) => original?.tensors.get("lm_head.weight")?.shape[0])).toEqual([4, 5]);
});

it("leaves rows of tokens zero that only models of other slices have", () => {
  const text =
    "merge_method: passthrough\nslices:\n  - sources: [{model: base, layer_range: [0, 1]}]\n  - sources: [{model: more, layer_range: [1, 2]}]\ntokenizer_source: union\n";
  const { plan, warnings } = planRecipe(text, "test.yaml", { openModel: openHeaders(MODELS) });
  expect(rowsOf(gatheredOf(plan!, 0)).at(-1)).toBe("zero");
  expect(warnings).toMatchObject([{ code: "recipe/token_unknown", line: 5 }]);
});

it("takes the head of a tied model from its embedding", () => {
  const head = gatheredOf(planOf(["base", "tied"], "{source: base}"), 1, "lm_head.weight");
  expect(head.from[1]).toEqual({ model: 1, tensor: "model.embed_tokens.weight" });
});

it("casts to the recipe's type, else to the common one", () => {
  expect(gatheredOf(planOf(["base"], "{source: base}"), 0).dtype).toBe("F32");
  expect(gatheredOf(planOf(["base"], "{source: base}", "dtype: float16\n"), 0).dtype).toBe("F16");
});
