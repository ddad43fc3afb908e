/**
 * Makes @huggingface/tokenizers say what the Rust library says, which models were trained with, where they differ.
 *
 * Found by comparing both on random texts; the golden file of tokenizer encodings keeps it so.
 */

import { Tokenizer } from "@huggingface/tokenizers";
import type { Json } from "../base/canonical-json.ts";

type JsonObject = { readonly [key: string]: Json };

/** What is used of the library; its own declarations cannot be resolved under Node's module rules. */
export interface TokenizerBackend {
  encode(text: string, options?: { add_special_tokens?: boolean }): { readonly ids: readonly (number | undefined)[] };
  decode(
    ids: readonly number[],
    options?: { skip_special_tokens?: boolean; clean_up_tokenization_spaces?: boolean },
  ): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_vocab(): ReadonlyMap<string, number>;
  readonly model: {
    encode: (tokens: readonly string[]) => string[];
    readonly tokens_to_ids: ReadonlyMap<string, number>;
  };
  readonly decoder: BackendDecoder | null;
}

interface BackendDecoder {
  /** Only in the decoder of byte tokens (`<0x41>`) and of byte-level alphabets. */
  text_decoder?: { decode(bytes: Uint8Array): string };
  readonly config: { readonly type: string };
  /** Only in a sequence. */
  readonly decoders?: readonly BackendDecoder[];
}

/**
 * Builds the library's tokenizer.
 *
 * @param definition - content of tokenizer.json.
 * @throws the library's own errors, whatever they are
 */
export function createTokenizerBackend(definition: JsonObject): TokenizerBackend {
  const preTokenizer = splitOutside(definition["pre_tokenizer"] ?? null);
  const backend = new Tokenizer({ ...definition, pre_tokenizer: preTokenizer }, {}) as TokenizerBackend;
  if (dropsUnknown(definition["model"] as JsonObject)) dropUnknownCharacters(backend.model);
  decodeBytesStrictly(backend.decoder);
  return backend;
}

/** GPT-2's pattern, as the Rust library has it. */
const BYTE_LEVEL_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Lets the library's translated patterns do the splitting of `ByteLevel`, whose built-in pattern takes JavaScript's
 * meaning of white space: U+FEFF counts there and U+0085 does not.
 */
function splitOutside(preTokenizer: Json): Json {
  const { type, use_regex: splits, add_prefix_space: prefixes, pretokenizers } = (preTokenizer ?? {}) as JsonObject;
  if (type === "Sequence" && Array.isArray(pretokenizers))
    return { ...(preTokenizer as JsonObject), pretokenizers: pretokenizers.map(splitOutside) };
  if (type !== "ByteLevel" || splits === false || prefixes !== false) return preTokenizer;
  const split = { type: "Split", pattern: { Regex: BYTE_LEVEL_PATTERN }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, { ...(preTokenizer as JsonObject), use_regex: false }] };
}

function dropsUnknown({
  type,
  merges,
  unk_token,
  byte_fallback,
  continuing_subword_prefix,
  end_of_word_suffix,
}: JsonObject): boolean {
  const isBpe = type === undefined ? merges !== undefined : type === "BPE";
  return isBpe && !unk_token && byte_fallback !== true && !continuing_subword_prefix && !end_of_word_suffix;
}

/** Without an unknown token the Rust library drops such characters before it merges, so their neighbours may merge. */
function dropUnknownCharacters(model: TokenizerBackend["model"]): void {
  const known = model.tokens_to_ids;
  const encode = model.encode.bind(model);
  const drop = (token: string): string => [...token].filter((character) => known.has(character)).join("");
  model.encode = (tokens) => encode(tokens.map(drop).filter((token) => token !== ""));
}

/** A run of byte tokens that is not UTF-8 becomes one U+FFFD a byte, and a leading U+FEFF is kept. */
function decodeBytesStrictly(decoder: BackendDecoder | null): void {
  for (const inner of decoder?.decoders ?? []) decodeBytesStrictly(inner);
  if (decoder?.config.type !== "ByteFallback") return;
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  decoder.text_decoder = {
    decode(bytes) {
      try {
        return strict.decode(bytes);
      } catch {
        return "\uFFFD".repeat(bytes.length);
      }
    },
  };
}
