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
 * @returns the same with other `added_tokens`; nothing else is copied.
 */
export function completeAddedTokens(definition: JsonObject, { byRole, wanted }: SpecialTokens): JsonObject {
  const given = (definition["added_tokens"] ?? []) as readonly JsonObject[];
  const added = new Map(given.map((token) => [token["content"] as string, token]));
  const vocabulary = vocabularyOf(asObject(definition["model"])["vocab"]);
  let nextId = given.reduce((most, { id }) => Math.max(most, id as number), vocabulary.largestId) + 1;
  for (const { content, special, settings } of wanted) {
    if (added.has(content)) continue;
    const id = vocabulary.idOf(content) ?? nextId++;
    const defaults = { single_word: false, lstrip: false, rstrip: false, normalized: !special };
    added.set(content, { ...defaults, ...settings, id, content, special });
  }
  for (const content of byRole.values()) added.set(content, { ...added.get(content)!, special: true });
  return { ...definition, added_tokens: [...added.values()] };
}

interface TokenIds {
  readonly largestId: number;
  readonly idOf: (token: string) => number | undefined;
}

/** A vocabulary is an object from token to id, or for Unigram a list of [token, score]. */
function vocabularyOf(value: Json | undefined): TokenIds {
  if (Array.isArray(value)) {
    const ids = new Map(value.map((entry, id) => [String((entry as readonly Json[])[0]), id]));
    return { largestId: value.length - 1, idOf: (token) => ids.get(token) };
  }
  const ids = asObject(value) as Readonly<Record<string, number>>;
  const largestId = Object.values(ids).reduce((most, id) => Math.max(most, id), -1);
  return { largestId, idOf: (token) => (Object.hasOwn(ids, token) ? ids[token] : undefined) };
}
