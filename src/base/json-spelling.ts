/** JSON texts for readers that tell 30.0 from 30. */

import type { Json } from "./canonical-json.ts";

/** A number as it was written. */
interface RawNumber {
  readonly rawJSON: string;
}

/** What Node's JSON can do and the compiler's library does not list yet. */
interface SpellingJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}

const spellingJson = JSON as unknown as SpellingJson;

/**
 * Writes JSON whose numbers are spelled as in another text that has the same number at the same place: 30.0 stays 30.0,
 * where JavaScript would write 30.
 *
 * Programs with two kinds of numbers mind: transformers refuses a config whose float is an integer.
 *
 * @param original - JSON; undefined or damaged: numbers are written as JavaScript prints them.
 * @returns indented by two, with a line end.
 */
export function formatJsonLike(value: Json, original: string | undefined): string {
  return `${JSON.stringify(spell(value, original === undefined ? undefined : readSpelling(original)), null, 2)}\n`;
}

/**
 * Writes JSON in which the numbers of some keys, wherever they stand, are floats: 30 becomes 30.0.
 *
 * @returns without white space.
 */
export function formatJsonWithFloats(value: Json, floatKeys: ReadonlySet<string>): string {
  return JSON.stringify(value, (key, entry: unknown) =>
    floatKeys.has(key) && Number.isSafeInteger(entry) ? spellingJson.rawJSON(`${String(entry)}.0`) : entry,
  );
}

/** Parses JSON, leaving numbers as they are written where JavaScript writes them otherwise. */
function readSpelling(text: string): unknown {
  try {
    return spellingJson.parse(text, (_key, value, { source }) =>
      typeof value === "number" && source !== undefined && source !== String(value)
        ? spellingJson.rawJSON(source)
        : value,
    );
  } catch {
    return undefined;
  }
}

function spell(value: Json, spelling: unknown): unknown {
  if (spellingJson.isRawJSON(spelling)) return Object.is(Number(spelling.rawJSON), value) ? spelling : value;
  if (value === null || typeof value !== "object" || spelling === null || typeof spelling !== "object") return value;
  if (Array.isArray(value)) {
    return Array.isArray(spelling) ? value.map((entry: Json, i) => spell(entry, spelling[i])) : value;
  }
  const spellings = new Map(Object.entries(spelling));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, spell(entry, spellings.get(key))]));
}
