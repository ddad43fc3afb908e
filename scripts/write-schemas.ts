/** Writes schema/*.json, which editors complete YAML with. Run after a method or a key was changed; a test compares. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { METHODS } from "../src/methods/index.ts";
import { makeRecipeSchema } from "../src/recipe/recipe-schema.ts";
import { searchSchema } from "../src/search/search-schema.ts";

const folder = join(import.meta.dirname, "..", "schema");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "recipe.json"), `${JSON.stringify(makeRecipeSchema(Object.values(METHODS)), null, 2)}\n`);
writeFileSync(join(folder, "search.json"), `${JSON.stringify(searchSchema(), null, 2)}\n`);
