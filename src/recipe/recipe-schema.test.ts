import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Document, parseAllDocuments } from "yaml";
import { schemaFaults } from "../../test/json-schema.ts";
import type { Json } from "../base/canonical-json.ts";
import { METHODS } from "../methods/index.ts";
import { RECIPE_KEYS } from "./parse-recipe.ts";
import { makeRecipeSchema } from "./recipe-schema.ts";

const schema = makeRecipeSchema(Object.values(METHODS)) as unknown as {
  readonly properties: { readonly merge_method: { readonly oneOf: readonly { const: string; description: string }[] } };
  readonly allOf: readonly {
    readonly if: { readonly properties: { readonly merge_method: { readonly const: string } } };
    readonly then: {
      readonly properties: Readonly<Record<string, Properties & { items: { properties: Record<string, Properties> } }>>;
    };
  }[];
};

interface Properties {
  readonly additionalProperties: boolean;
  readonly properties: Readonly<Record<string, { readonly description: string }>>;
}

it("offers every method by name and title", () => {
  expect(schema.properties.merge_method.oneOf).toEqual(
    Object.values(METHODS).map(({ name, title }) => ({ const: name, description: title })),
  );
});

describe.each(Object.values(METHODS))("the parameters of $name", ({ name, params }) => {
  const { then } = schema.allOf.find((rule) => rule.if.properties.merge_method.const === name)!;

  it("may all stand at the top, and no others", () => {
    const top = then.properties["parameters"]!;
    expect(Object.keys(top.properties)).toEqual(Object.keys(params));
    expect(top.additionalProperties).toBe(false);
  });

  it("may stand under a model if they are a model's", () => {
    const own = then.properties["models"]!.items.properties["parameters"]!;
    expect(Object.keys(own.properties)).toEqual(Object.keys(params).filter((param) => params[param]!.per === "model"));
  });

  it("say what they do and what they are when left out", () => {
    for (const { description } of Object.values(then.properties["parameters"]!.properties)) {
      expect(description).toMatch(/\((?:required|default .+)\)$/);
    }
  });
});

it("refers only to definitions that exist", () => {
  const text = JSON.stringify(schema);
  const names = new Set([...text.matchAll(/"#\/definitions\/(\w+)"/g)].map((match) => match[1]!));
  const { definitions } = JSON.parse(text) as { definitions: Record<string, unknown> };
  expect([...names].toSorted()).toEqual(Object.keys(definitions).toSorted());
});

describe("schema/recipe.json", () => {
  const ROOT = join(import.meta.dirname, "../..");
  const written = JSON.parse(readFileSync(join(ROOT, "schema/recipe.json"), "utf8")) as {
    readonly [key: string]: Json;
  };

  it("is what the methods and keys of today give (else run scripts/write-schemas.ts)", () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  const faultsOf = (text: string): string[] =>
    parseAllDocuments(text, { version: "1.1" }).flatMap((document) =>
      schemaFaults(written, (document as Document).toJS() as Json),
    );
  const recipes = globSync(["test/golden/data/merge/*.yml", "zoo/**/*.recipe.yaml"], { cwd: ROOT });

  it.each(recipes)("takes %s", (file) => expect(faultsOf(readFileSync(join(ROOT, file), "utf8"))).toEqual([]));

  it("knows every key that the parser knows, and no other", () => {
    for (const [where, keys] of Object.entries(RECIPE_KEYS)) {
      const node = where === "recipe" ? written : (written["definitions"] as Record<string, Json>)[where];
      const { properties } = node as { readonly properties: object };
      expect([where, ...Object.keys(properties).toSorted()]).toEqual([where, ...keys.toSorted()]);
    }
  });

  const LINEAR = "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}]\n";

  it.each([
    ["merge_methd: linear\nmodels: [{model: a}]\n", "merge_method is missing and another key is there"],
    ["merge_method: linaer\nmodels: [{model: a}]\n", "the method is unknown"],
    ["merge_method: linear\n", "no layout"],
    ["merge_method: linear\nmodels: []\n", "no models"],
    ["merge_method: linear\nmodels: [a]\n", "a text for a mapping"],
    ["merge_method: linear\nslices: [{sources: [{model: a}]}]\n", "no layer range"],
    ["merge_method: linear\nslices: [{sources: [{model: a, layer_range: [0, 1, 2]}]}]\n", "three ends of a range"],
    [
      "merge_method: linear\nmodels: [{model: a, parameters: {wieght: 1}}]\n",
      "a parameter that the method does not have",
    ],
    ["merge_method: linear\nmodels: [{model: a, parameters: {weight: {filter: mlp}}}]\n", "no value"],
    [`${LINEAR}dtype: bf16\n`, "an unknown type"],
    [`${LINEAR}tokenizer: {tokens: {a: {force: true}}}\n`, "a token without a source"],
    [`${LINEAR}tokenizer: {tokens: {a: {source: {kind: model_token, model: b}}}}\n`, "neither token nor id"],
    [`${LINEAR}tokenizer: {pad_to_multiple_of: 0}\n`, "a multiple of nothing"],
    [`${LINEAR}chat_template: short\n`, "an unknown template"],
  ])("marks %j: %s", (text) => expect(faultsOf(text)).not.toEqual([]));
});
