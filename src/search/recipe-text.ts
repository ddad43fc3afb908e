import { Document, isCollection, isScalar, visit } from "yaml";
import type { Json } from "../base/canonical-json.ts";

/** Keys whose values are short and are written on one line. */
const ON_ONE_LINE = new Set(["layer_range", "parameters"]);

/**
 * Writes a recipe as mergekit reads it: YAML 1.1, one text for one recipe.
 *
 * Entries that are undefined are left out, and so are mappings without entries.
 */
export function toRecipeText(recipe: { readonly [key: string]: Json | undefined }): string {
  const document = new Document(withoutEmpty(recipe), { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (isScalar(key) && ON_ONE_LINE.has(String(key.value)) && isCollection(value)) value.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

const BETWEEN_DOCUMENTS = "---\n";

/** Puts recipes that name each other into one text; the last one is the output. */
export function joinRecipes(recipes: readonly string[]): string {
  return recipes.join(BETWEEN_DOCUMENTS);
}

/** Names the output of a text of one recipe or several, so that further recipes can. */
export function nameOutput(text: string, name: string): string {
  const recipes = text.split(new RegExp(`^${BETWEEN_DOCUMENTS}`, "m"));
  return joinRecipes([...recipes.slice(0, -1), `name: ${name}\n${recipes.at(-1)}`]);
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .map(([key, entry]) => [key, withoutEmpty(entry)] as const)
    .filter(([, entry]) => entry !== undefined && !isEmptyMapping(entry));
  return Object.fromEntries(entries);
}

function isEmptyMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
