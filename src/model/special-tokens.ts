/** Which tokens of a model are special, put together from the files that may say so. */

import type { Json } from "../base/canonical-json.ts";

type JsonObject = { readonly [key: string]: Json };

/** A token with a role. */
export type TokenRole = "bos" | "eos" | "unk" | "sep" | "pad" | "cls" | "mask";

const ROLES: readonly TokenRole[] = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"];

/** What tokenizer_config.json, and special_tokens_map.json where that is silent, say. */
export interface SpecialTokens {
  /** The tokens' texts. */
  readonly byRole: ReadonlyMap<TokenRole, string>;
  /** Tokens that the tokenizer must have, in the order in which missing ones get ids. */
  readonly wanted: readonly WantedToken[];
}

interface WantedToken {
  readonly content: string;
  readonly special: boolean;
  /** `lstrip`, `rstrip`, `single_word`, `normalized`, where they are given. */
  readonly settings: JsonObject;
}

/**
 * Finds the special tokens of a model.
 *
 * @param config - content of tokenizer_config.json, empty where there is none.
 * @param older - content of special_tokens_map.json, asked for what `config` does not say.
 */
export function findSpecialTokens(config: JsonObject, older: JsonObject): SpecialTokens {
  const find = (key: string): Json | undefined => config[key] ?? older[key];
  const declared = Object.entries(asObject(config["added_tokens_decoder"])).toSorted(
    ([a], [b]) => Number(a) - Number(b),
  );
  const roles = ROLES.flatMap((role) => toWanted(find(`${role}_token`), true).map((token) => ({ role, token })));
  const extra = ["additional_special_tokens", "extra_special_tokens"].map(find).filter((list) => Array.isArray(list));
  return {
    byRole: new Map(roles.map(({ role, token }) => [role, token.content])),
    wanted: [
      ...declared.flatMap(([, token]) => toWanted(token, false)),
      ...roles.map(({ token }) => token),
      ...extra.flat().flatMap((token: Json) => toWanted(token, true)),
    ],
  };
}

function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** A token is given as its text, or as an object with `content` and settings. @returns one, or none if it is neither. */
function toWanted(value: Json | undefined, isSpecial: boolean): readonly WantedToken[] {
  const settings = asObject(value);
  const content = typeof value === "string" ? value : settings["content"];
  if (typeof content !== "string" || content === "") return [];
  return [{ content, special: isSpecial || settings["special"] === true, settings }];
}

/**
 * Completes the added tokens of tokenizer.json, as transformers does on loading: a wanted token that is in the vocabulary
 * keeps its id, a new one gets the next free id, and a token with a role becomes special.
 *
 * @param definition - content of tokenizer.json, its ids checked.
 * @param ids - of the model part of it, `listTokenIds`.
 * @returns the same with other `added_tokens`; nothing else is copied.
 */
export function completeAddedTokens(
  definition: JsonObject,
  ids: ReadonlyMap<string, number>,
  { byRole, wanted }: SpecialTokens,
): JsonObject {
  const given = (definition["added_tokens"] ?? []) as readonly JsonObject[];
  const added = new Map(given.map((token) => [token["content"] as string, token]));
  let nextId = largestOf(ids.values(), largestOf(given.map(({ id }) => id as number).values(), -1)) + 1;
  for (const { content, special, settings } of wanted) {
    if (added.has(content)) continue;
    const id = ids.get(content) ?? nextId++;
    const defaults = { single_word: false, lstrip: false, rstrip: false, normalized: !special };
    added.set(content, { ...defaults, ...settings, id, content, special });
  }
  for (const content of byRole.values()) added.set(content, { ...added.get(content)!, special: true });
  return { ...definition, added_tokens: [...added.values()] };
}

function largestOf(ids: Iterable<number>, least: number): number {
  let largest = least;
  for (const id of ids) largest = Math.max(largest, id);
  return largest;
}
