/** Which tokens of a model are special, put together from the files that may say so. */

import type { Json } from "../base/canonical-json.ts";
import { readModelJson } from "./model-file.ts";

type JsonObject = { readonly [key: string]: Json };

/** What tokenizer_config.json, and special_tokens_map.json where that is silent, say. */
export interface SpecialTokens {
  readonly named: {
    readonly bos: string | undefined;
    readonly eos: string | undefined;
    readonly pad: string | undefined;
    readonly unk: string | undefined;
  };
  /** All that must be special, the named ones included, in the order in which missing ones are added. */
  readonly all: readonly AddedToken[];
}

interface AddedToken {
  readonly content: string;
  readonly special: boolean;
  readonly settings: JsonObject;
}

const NAMES = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"] as const;

/** Reads a folder's special tokens. @throws model/bad_json, model/not_an_object */
export function readSpecialTokens(folder: string): SpecialTokens {
  const config = readModelJson(folder, "tokenizer_config.json") ?? {};
  const older = readModelJson(folder, "special_tokens_map.json") ?? {};
  const find = (key: string): Json | undefined => config[key] ?? older[key];
  const declared = Object.entries(asObject(config["added_tokens_decoder"])).map(
    ([id, token]) => [Number(id), token] as const,
  );
  const ordered = declared.toSorted(([a], [b]) => a - b).map(([, token]) => token);
  const named = NAMES.map((name) => find(`${name}_token`));
  const extra = [find("additional_special_tokens"), find("extra_special_tokens")].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const contentOf = (name: (typeof NAMES)[number]): string | undefined =>
    toAddedToken(find(`${name}_token`), true)?.content;
  return {
    named: { bos: contentOf("bos"), eos: contentOf("eos"), pad: contentOf("pad"), unk: contentOf("unk") },
    all: [
      ...ordered.map((token) => toAddedToken(token, false)),
      ...[...named, ...extra].map((token) => toAddedToken(token, true)),
    ].filter((token) => token !== undefined),
  };
}

function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** A token is given as its text, or as an object with `content` and matching settings. */
function toAddedToken(value: Json | undefined, special: boolean): AddedToken | undefined {
  if (typeof value === "string" && value !== "") return { content: value, special, settings: {} };
  const settings = asObject(value);
  const content = settings["content"];
  if (typeof content !== "string" || content === "") return undefined;
  return { content, special: special || settings["special"] === true, settings };
}

/**
 * Adds the special tokens that tokenizer.json lacks, as transformers does on loading: a token of the vocabulary keeps its
 * id, a new one gets the next free id.
 *
 * @param definition - content of tokenizer.json, with whole ids.
 * @returns the same with `added_tokens` completed; nothing else is copied.
 */
export function completeAddedTokens(definition: JsonObject, special: SpecialTokens): JsonObject {
  const added = Array.isArray(definition["added_tokens"])
    ? [...(definition["added_tokens"] as readonly JsonObject[])]
    : [];
  const vocabulary = vocabularyOf(asObject(definition["model"])["vocab"]);
  const known = new Map(added.map((token) => [token["content"], token]));
  const largest = [...vocabulary.values(), ...added.map((token) => token["id"] as number)];
  let nextId = largest.reduce((max, id) => Math.max(max, id), -1) + 1;
  for (const { content, special: isSpecial, settings } of special.all) {
    const present = known.get(content);
    if (present !== undefined) continue;
    const id = vocabulary.get(content) ?? nextId++;
    const token = {
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: !isSpecial,
      ...settings,
      id,
      content,
      special: isSpecial,
    };
    known.set(content, token);
    added.push(token);
  }
  return { ...definition, added_tokens: added };
}

/** A vocabulary is an object from token to id, or for Unigram a list of [token, score]. */
function vocabularyOf(value: Json | undefined): ReadonlyMap<string, number> {
  if (Array.isArray(value)) return new Map(value.map((entry, id) => [String((entry as readonly Json[])[0]), id]));
  return new Map(Object.entries(asObject(value) as Readonly<Record<string, number>>));
}
