/** Anything that JSON can hold. Stored state, hashes and messages between threads are made of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Returns the one JSON text of a value: keys in code-unit order, no white space, numbers as JavaScript prints them.
 *
 * Equal values give equal texts, so hashes of it identify recipes, items and settings across runs and machines.
 * Entries that are `undefined` are left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) => {
    if (entry === null || typeof entry !== "object" || Array.isArray(entry)) return entry;
    const sorted = Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(sorted);
  });
}
