import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { PRESETS } from "./presets.ts";
import { SEARCH_KEYS } from "./search-keys.ts";
import { searchSchema } from "./search-schema.ts";

const ROOT = join(import.meta.dirname, "../..");
const schema = searchSchema();
const [parameters, path, , , methods, withPreset] = schema["anyOf"] as unknown as readonly {
  readonly properties: Readonly<Record<string, { readonly properties?: object; readonly enum?: readonly string[] }>>;
  readonly required: readonly string[];
}[];

it("is what schema/search.json has; run `node scripts/write-schemas.ts` after a change", () => {
  expect(JSON.parse(readFileSync(join(ROOT, "schema/search.json"), "utf8"))).toEqual(schema);
});

it("has the keys that the parser knows, and those of the demo's search", () => {
  expect(Object.keys(parameters!.properties)).toEqual(Object.keys(SEARCH_KEYS.shape));
  const demo = parse(readFileSync(join(ROOT, "zoo/demo.yaml"), "utf8"));
  expect(Object.keys(parameters!.properties)).toEqual(expect.arrayContaining(Object.keys(demo)));
  for (const key of parameters!.required) expect(demo).toHaveProperty(key);
});

it("has spaces of layer orders, and presets that leave only models and tasks to say", () => {
  expect(Object.keys(path!.properties["space"]!.properties!)).toContain("repeats");
  expect(Object.keys(methods!.properties["space"]!.properties!)).toContain("methods");
  expect(withPreset!.properties["preset"]!.enum).toEqual(Object.keys(PRESETS));
  expect(withPreset!.required).toEqual(["preset", "models", "tasks"]);
});
