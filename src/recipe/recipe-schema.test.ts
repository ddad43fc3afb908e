import { describe, expect, it } from "vitest";
import { METHODS } from "../methods/index.ts";
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
