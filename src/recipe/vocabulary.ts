/** What a model's tokenizer files say about its vocabulary. */

import type { Json } from "../base/canonical-json.ts";
import type { Model, ModelConfig } from "../model/model.ts";
import { hasModelFile, readModelJson } from "../model/model-file.ts";
import { listTokenIds, readTokenizerDefinition } from "../model/tokenizer.ts";

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** The tokenizer of one model, as data. */
export interface Vocabulary {
  /** Content of tokenizer.json, with all added tokens. */
  readonly definition: JsonObject;
  /** Content of tokenizer_config.json. */
  readonly config: JsonObject;
  /** Ids by token, added ones included. */
  readonly ids: ReadonlyMap<string, number>;
  /** Entries of `added_tokens` by token, in the order of their ids. */
  readonly added: ReadonlyMap<string, JsonObject>;
}

/** A search plans the same models thousands of times, and a large tokenizer takes a second. */
const known = new WeakMap<Model, Vocabulary>();

/**
 * Reads a model's vocabulary, once for each opened model.
 *
 * @returns undefined if there is no tokenizer.json.
 * @throws model/bad_tokenizer and what reading raises
 */
export function readVocabulary(model: Model): Vocabulary | undefined {
  const read = known.get(model) ?? readFiles(model);
  if (read !== undefined) known.set(model, read);
  return read;
}

function readFiles(model: Model): Vocabulary | undefined {
  if (!hasModelFile(model, "tokenizer.json")) return undefined;
  const { definition, ids } = readTokenizerDefinition(model);
  const config = readModelJson(model, "tokenizer_config.json") ?? {};
  return addClassTokens(makeVocabulary(definition, config, ids), model.config);
}

/**
 * Lists the tokens of a tokenizer.
 *
 * @param modelIds - of the model part of it, where they are known.
 */
export function makeVocabulary(
  definition: JsonObject,
  config: JsonObject,
  modelIds: ReadonlyMap<string, number> = listTokenIds((definition["model"] as JsonObject)["vocab"] as Json),
): Vocabulary {
  const entries = (definition["added_tokens"] ?? []) as readonly JsonObject[];
  const sorted = entries.toSorted((a, b) => (a["id"] as number) - (b["id"] as number));
  const added = new Map(sorted.map((token) => [token["content"] as string, token]));
  const others = [...added].filter(([token, { id }]) => modelIds.get(token) !== id);
  // Tens of thousands of entries are copied only where one is another.
  const ids = others.length === 0 ? modelIds : new Map([...modelIds, ...others.map(idOf)]);
  return { definition, config, ids, added };
}

function idOf([token, { id }]: readonly [string, JsonObject]): readonly [string, number] {
  return [token, id as number];
}

/** Adds tokens to a vocabulary; those that are in it keep their ids, others get the next ones. */
export function addTokens(vocabulary: Vocabulary, tokens: readonly JsonObject[]): Vocabulary {
  let nextId = [...vocabulary.ids.values()].reduce((max, id) => Math.max(max, id), -1) + 1;
  const entries = tokens.map((token): JsonObject => {
    const content = token["content"] as string;
    return { ...token, id: vocabulary.ids.get(content) ?? nextId++ };
  });
  if (entries.length === 0) return vocabulary;
  const all = [...((vocabulary.definition["added_tokens"] ?? []) as readonly JsonObject[]), ...entries];
  return makeVocabulary({ ...vocabulary.definition, added_tokens: all }, vocabulary.config);
}

/** An entry of `added_tokens`, without an id. */
export function plainToken(content: string, special: boolean): JsonObject {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special };
}

/** What transformers adds to the tokenizers of some model types when their files name no padding token. */
const CLASS_TOKENS: Readonly<Record<string, string>> = { qwen2: "<|endoftext|>" };

/** Adds the token that transformers adds, so that an id beyond the model's rows is seen beforehand. */
export function addClassTokens(vocabulary: Vocabulary, { model_type }: ModelConfig): Vocabulary {
  const token = typeof model_type === "string" ? CLASS_TOKENS[model_type] : undefined;
  const isNamed = ["pad_token", "unk_token"].every((role) => vocabulary.config[role] !== undefined);
  if (token === undefined || isNamed || vocabulary.ids.has(token)) return vocabulary;
  return addTokens(vocabulary, [plainToken(token, true)]);
}

/**
 * Removes all tokens from an id on, with the merges that make or use them.
 *
 * @param size - ids from this one on are removed.
 * @returns the vocabulary itself if there is nothing to remove.
 */
export function stripVocabulary(vocabulary: Vocabulary, size: number): Vocabulary {
  const gone = new Set([...vocabulary.ids].filter(([, id]) => id >= size).map(([token]) => token));
  if (gone.size === 0) return vocabulary;
  const { definition, config } = vocabulary;
  const model = definition["model"] as JsonObject;
  const vocab = model["vocab"] as Json;
  const kept = Array.isArray(vocab)
    ? vocab.slice(0, size)
    : Object.fromEntries(Object.entries(vocab as JsonObject).filter(([token]) => !gone.has(token)));
  const { merges } = model;
  const keptMerges = Array.isArray(merges) ? merges.filter((merge) => !usesToken(merge as Json, gone)) : merges;
  const added = ((definition["added_tokens"] ?? []) as readonly JsonObject[]).filter(
    ({ content }) => !gone.has(content as string),
  );
  const changed = { ...model, vocab: kept, ...(keptMerges === undefined ? {} : { merges: keptMerges }) };
  return makeVocabulary({ ...definition, added_tokens: added, model: changed }, config);
}

/** A merge is a pair, or in older files its halves with a space between. */
function usesToken(merge: Json, gone: ReadonlySet<string>): boolean {
  const parts = Array.isArray(merge) ? merge.map(String) : String(merge).split(" ");
  return gone.has(parts.join("")) || parts.some((part) => gone.has(part));
}
