/** Texts to token ids and back, by a model's tokenizer.json, as transformers 5 does it. */

import { join } from "node:path";
import type { Json } from "../base/canonical-json.ts";
import { modelErrors } from "./errors.ts";
import { type FilesOwner, filesFolderOf, readModelJson } from "./model-file.ts";
import { completeAddedTokens, findSpecialTokens, type SpecialTokens, type TokenRole } from "./special-tokens.ts";
import { createTokenizerBackend, type TokenizerBackend } from "./tokenizer-backend.ts";

/** Settings of `encode`. */
export interface EncodeOptions {
  /** Whether the post-processor of tokenizer.json runs, which is what adds BOS where a model has one. @default true */
  readonly addSpecialTokens?: boolean;
}

/** Settings of `decode`. */
export interface DecodeOptions {
  /** @default false */
  readonly skipSpecialTokens?: boolean;
}

/** A model's tokenizer. Encoding and decoding keep no state. */
export interface Tokenizer {
  /** Entries, added tokens included. May differ from config.json's `vocab_size`. */
  readonly vocabularySize: number;
  /** Ids of the tokens that tokenizer_config.json names, where it does. */
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  readonly unkId: number | undefined;
  /** @throws model/bad_text for a text with half a surrogate pair. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Ids that the vocabulary does not have are passed over; bytes that make no whole character become U+FFFD. */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** Looks up one token as the vocabulary spells it, added tokens included. */
  tokenId(token: string): number | undefined;
  /** The inverse of `tokenId`. */
  tokenText(id: number): string | undefined;
}

/** Largest id accepted; known vocabularies end at 300 000, and an id is also a place in an array. */
const MAX_TOKEN_ID = 2 ** 24;

/** What the library can run. Old files have no type; it is then told by the other keys. */
const MODEL_TYPES: readonly string[] = ["BPE", "Unigram", "WordPiece"];

/**
 * Opens the tokenizer of a folder or model: tokenizer.json, and what tokenizer_config.json and special_tokens_map.json say of
 * special tokens. `add_bos_token` and `add_eos_token` are ignored, as transformers 5 does when there is a
 * tokenizer.json: its post-processor decides.
 *
 * @throws model/missing_file, model/bad_tokenizer, model/bad_json, model/not_an_object
 * @complexity about a second for a vocabulary of 200 000.
 */
export function openTokenizer(owner: FilesOwner): Tokenizer {
  const { definition, special, file } = readTokenizerDefinition(owner);
  return wrap(openBackend(definition, file), special);
}

/** What the files of a tokenizer say. */
export interface TokenizerDefinition {
  /** Content of tokenizer.json, its ids checked and its added tokens completed as transformers does on loading. */
  readonly definition: { readonly [key: string]: Json };
  /** Ids of its model part by token; added tokens may have others. */
  readonly ids: ReadonlyMap<string, number>;
  readonly special: SpecialTokens;
  /** Path of tokenizer.json. */
  readonly file: string;
}

/** Reads the files of a tokenizer without running it. @throws as `openTokenizer` */
export function readTokenizerDefinition(owner: FilesOwner): TokenizerDefinition {
  const file = join(filesFolderOf(owner), "tokenizer.json");
  const definition = readModelJson(owner, "tokenizer.json");
  if (definition === undefined) throw modelErrors.missing_file({ file, neededBy: "turning text into tokens" });
  const special = findSpecialTokens(
    readModelJson(owner, "tokenizer_config.json") ?? {},
    readModelJson(owner, "special_tokens_map.json") ?? {},
  );
  const ids = checkDefinition(definition, file);
  return { definition: completeAddedTokens(definition, ids, special), ids, special, file };
}

/**
 * Lists the ids of the model part of a tokenizer: its vocabulary is an object from token to id, or for Unigram a list of
 * [token, score].
 */
export function listTokenIds(vocab: Json): Map<string, number> {
  const ids = new Map<string, number>();
  if (Array.isArray(vocab)) {
    for (const [id, entry] of vocab.entries()) ids.set(String((entry as readonly Json[])[0]), id);
    return ids;
  }
  const object = vocab as Readonly<Record<string, number>>;
  // Tens of thousands of keys, and to list their values as well takes as long again.
  for (const token of Object.keys(object)) ids.set(token, object[token]!);
  return ids;
}

type Definition = { readonly [key: string]: Json };

/** Checks what the library takes on trust: it would make an array as long as the largest id. @returns as `listTokenIds` */
function checkDefinition(definition: Definition, file: string): ReadonlyMap<string, number> {
  const refuse = (why: string): never => {
    throw modelErrors.bad_tokenizer({ file, why });
  };
  const { model, added_tokens: added = [] } = definition;
  const { type, vocab } = (model ?? {}) as Definition;
  if (vocab === null || typeof vocab !== "object") refuse('it has no "model" with a "vocab"');
  if (type !== undefined && !MODEL_TYPES.includes(type as string))
    refuse(`its model is of type ${JSON.stringify(type)} (known: ${MODEL_TYPES.join(", ")})`);
  if (!Array.isArray(added)) refuse('its "added_tokens" are not a list');
  const tokens = added as readonly (Definition | null)[];
  if (tokens.some((token) => typeof token?.["content"] !== "string")) refuse('an added token has no "content"');
  const ids = listTokenIds(vocab as Json);
  const all: Json[] = [...ids.values(), ...tokens.map((token) => token?.["id"] ?? null)];
  const wrong = all.find((id) => typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > MAX_TOKEN_ID);
  if (wrong !== undefined)
    refuse(`token ids are whole numbers from 0 to ${MAX_TOKEN_ID}, got ${JSON.stringify(wrong)}`);
  return ids;
}

function openBackend(definition: Definition, file: string): TokenizerBackend {
  try {
    const backend = createTokenizerBackend(definition);
    const ids = backend.encode("a 1").ids.filter((id) => id !== undefined);
    if (ids.length > 0) backend.decode(ids);
    return backend;
  } catch (cause) {
    throw modelErrors.bad_tokenizer({ file, why: (cause as Error).message }, cause);
  }
}

function wrap(backend: TokenizerBackend, special: SpecialTokens): Tokenizer {
  const idOf = (role: TokenRole): number | undefined => {
    const token = special.byRole.get(role);
    return token === undefined ? undefined : backend.token_to_id(token);
  };
  return {
    vocabularySize: backend.get_vocab().size,
    bosId: idOf("bos"),
    eosId: idOf("eos"),
    padId: idOf("pad"),
    unkId: idOf("unk"),
    encode(text, { addSpecialTokens = true } = {}) {
      if (!text.isWellFormed()) throw modelErrors.bad_text({ at: firstLoneSurrogate(text) });
      const { ids } = backend.encode(text, { add_special_tokens: addSpecialTokens });
      return ids.filter((id) => id !== undefined);
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const known = ids.filter((id) => backend.id_to_token(id) !== undefined);
      if (known.length === 0) return "";
      return backend.decode(known, { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false });
    },
    tokenId: (token) => backend.token_to_id(token),
    tokenText: (id) => backend.id_to_token(id),
  };
}

function firstLoneSurrogate(text: string): number {
  const whole = text.toWellFormed();
  return Array.from({ length: text.length }).findIndex((_, i) => text[i] !== whole[i]);
}
