/**
 * Makes tokenizer.json out of a GGUF file's vocabulary.
 *
 * GGUF names the rule that splits a text into words instead of giving it, so only rules that are known here can be
 * written down; of other files the tokenizer is left out.
 */

import type { Json } from "../../base/canonical-json.ts";
import type { GgufFacts } from "./gguf-facts.ts";
import { mergesFromScores } from "./merges-from-scores.ts";

type JsonObject = { readonly [key: string]: Json };

/** Kinds of tokens. */
const CONTROL = 3;
const USER_DEFINED = 4;

const GPT2_WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

function llama3Words(digits: string): string {
  return (
    `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|` +
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
  );
}

const split = (Regex: string): JsonObject => {
  return { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
};
const BYTES = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
const DIGITS = { type: "Digits", individual_digits: true };

/** By `tokenizer.ggml.pre`: how words are split, and what else differs. */
const WORD_RULES: Readonly<
  Record<string, { readonly splits: readonly JsonObject[]; readonly nfc?: true; readonly whole?: true }>
> = {
  "gpt-2": { splits: [split(GPT2_WORDS)] },
  smollm: { splits: [DIGITS, split(GPT2_WORDS)] },
  "llama-bpe": { splits: [split(llama3Words("{1,3}"))], whole: true },
  qwen2: { splits: [split(llama3Words(""))], nfc: true },
};

/** Files of a tokenizer, by name. Empty if the metadata has none, or one that cannot be written down. */
export function makeGgufTokenizer(facts: GgufFacts): readonly (readonly [string, string])[] {
  const tokens = textsOf(facts, "tokenizer.ggml.tokens");
  const kind = facts.optionalText("tokenizer.ggml.model");
  if (tokens === undefined || new Set(tokens).size < tokens.length) return [];
  const core =
    kind === "gpt2" ? bytePairs(facts, tokens) : kind === "llama" ? sentencePieces(facts, tokens) : undefined;
  if (core === undefined) return [];
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(facts, tokens),
    ...core,
    post_processor: core["post_processor"] ?? startToken(facts, tokens, kind === "llama"),
  };
  return [
    ["tokenizer.json", JSON.stringify(definition)],
    ["tokenizer_config.json", JSON.stringify(tokenizerConfig(facts, tokens))],
  ];
}

function textsOf(facts: GgufFacts, key: string): readonly string[] | undefined {
  const list = facts.optionalList(key);
  return list?.every((item) => typeof item === "string") ? (list as readonly string[]) : undefined;
}

function numbersOf(facts: GgufFacts, key: string): readonly number[] {
  return (facts.optionalList(key) ?? []).filter((item) => typeof item === "number");
}

function vocabularyOf(tokens: readonly string[]): JsonObject {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

function bytePairs(facts: GgufFacts, tokens: readonly string[]): JsonObject | undefined {
  const rule = WORD_RULES[facts.optionalText("tokenizer.ggml.pre") ?? ""];
  const merges = textsOf(facts, "tokenizer.ggml.merges");
  if (rule === undefined || merges === undefined) return undefined;
  return {
    normalizer: rule.nfc ? { type: "NFC" } : null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [...rule.splits, BYTES] },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: rule.whole ?? false,
      vocab: vocabularyOf(tokens),
      merges: merges.map((merge) => merge.split(" ")),
    },
  };
}

/** SentencePiece's byte pairs: the order of merges follows from the tokens' scores. */
function sentencePieces(facts: GgufFacts, tokens: readonly string[]): JsonObject | undefined {
  const scores = numbersOf(facts, "tokenizer.ggml.scores");
  if (scores.length !== tokens.length) return undefined;
  const prefixes = facts.optionalFlag("tokenizer.ggml.add_space_prefix") ?? true;
  const replace = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    normalizer: prefixes ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, replace] } : replace,
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefixes ? [strip] : []),
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: tokens[facts.optionalNumber("tokenizer.ggml.unknown_token_id") ?? 0] ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabularyOf(tokens),
      merges: mergesFromScores(tokens, scores),
    },
  };
}

function addedTokens(facts: GgufFacts, tokens: readonly string[]): readonly Json[] {
  const kinds = numbersOf(facts, "tokenizer.ggml.token_type");
  return tokens.flatMap((content, id) => {
    const special = kinds[id] === CONTROL;
    if (!special && kinds[id] !== USER_DEFINED) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

/** The template that puts the first token before a text, where the file says so. SentencePiece does by default. */
function startToken(facts: GgufFacts, tokens: readonly string[], byDefault: boolean): Json {
  const id = facts.optionalNumber("tokenizer.ggml.bos_token_id");
  const token = id === undefined ? undefined : tokens[id];
  const isWanted = facts.optionalFlag("tokenizer.ggml.add_bos_token") ?? byDefault;
  if (!isWanted || id === undefined || token === undefined) return null;
  const start = { SpecialToken: { id: token, type_id: 0 } };
  const text = (id: string, type_id: number): Json => ({ Sequence: { id, type_id } });
  return {
    type: "TemplateProcessing",
    single: [start, text("A", 0)],
    pair: [start, text("A", 0), { SpecialToken: { id: token, type_id: 1 } }, text("B", 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

function tokenizerConfig(facts: GgufFacts, tokens: readonly string[]): JsonObject {
  const roles = { bos_token: "bos", eos_token: "eos", unk_token: "unknown", pad_token: "padding" };
  const found = Object.entries(roles).flatMap(([role, name]) => {
    const id = facts.optionalNumber(`tokenizer.ggml.${name}_token_id`);
    const token = id === undefined ? undefined : tokens[id];
    return token === undefined ? [] : [[role, token] as const];
  });
  const template = facts.optionalText("tokenizer.chat_template");
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    ...Object.fromEntries(found),
    ...(template === undefined ? {} : { chat_template: template }),
  };
}
