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
