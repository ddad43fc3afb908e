/** Reads `tokenizer_source` and the `tokenizer` section of a recipe. */

import { parseModelReference } from "./parse-model-reference.ts";
import type { ModelReference, TokenizerSetting, TokenRule, TokenSource } from "./recipe.ts";
import type { Report } from "./report.ts";
import { expectMap, expectText, type KeyTable, requireValue, valueAt, warnUnknownKeys } from "./tree-reader.ts";
import { describe, type Tree, type TreeMap } from "./yaml-tree.ts";

const SECTION: KeyTable = { where: "the tokenizer", known: ["source", "tokens", "pad_to_multiple_of"] };
const RULE: KeyTable = { where: "a token", known: ["source", "force"] };
const KINDS = ["zero", "model_token"];
const ZERO: KeyTable = { where: "a token's source", known: ["kind"] };
const MODEL_TOKEN: KeyTable = { where: "a token's source", known: ["kind", "model", "token", "token_id"] };

/** Reads what a recipe says of the tokenizer. @returns undefined if that is nothing, or could not be read. */
export function parseTokenizer(recipe: TreeMap, report: Report): TokenizerSetting | undefined {
  const short = valueAt(recipe, "tokenizer_source");
  const section = valueAt(recipe, "tokenizer");
  if (short !== undefined && section !== undefined) {
    report.error("two_tokenizers", recipe.entries.get("tokenizer_source")!.keyPlace, {});
    return undefined;
  }
  if (short !== undefined) {
    const source = parseSource(short, report);
    return source && { source, tokens: new Map(), padToMultipleOf: undefined, place: short.place };
  }
  const map = section === undefined ? undefined : expectMap(section, '"tokenizer"', report);
  return map === undefined ? undefined : parseSection(map, report);
}

function parseSection(map: TreeMap, report: Report): TokenizerSetting | undefined {
  warnUnknownKeys(map, SECTION, report);
  const sourceTree = valueAt(map, "source");
  const source = sourceTree === undefined ? "union" : parseSource(sourceTree, report);
  const tokens = parseTokens(valueAt(map, "tokens"), report);
  const padTree = valueAt(map, "pad_to_multiple_of");
  const padToMultipleOf = padTree === undefined ? undefined : parseMultiple(padTree, report);
  const place = map.place;
  return source && { source, tokens, padToMultipleOf, place };
}

function parseSource(tree: Tree, report: Report): TokenizerSetting["source"] | undefined {
  if (tree.kind === "scalar" && (tree.value === "base" || tree.value === "union")) return tree.value;
  return parseModelReference(tree, report);
}

function parseMultiple(tree: Tree, report: Report): number | undefined {
  const value =
    tree.kind === "scalar" && typeof tree.value !== "boolean" ? Number(tree.value ?? Number.NaN) : Number.NaN;
  if (Number.isSafeInteger(value) && value > 0) return value;
  const expected = "a whole number above 0";
  report.error("wrong_type", tree.place, { what: '"pad_to_multiple_of"', expected, found: describe(tree) });
  return undefined;
}

const NO_SOURCE: TokenSource = { kind: "none" };

function parseTokens(tree: Tree | undefined, report: Report): ReadonlyMap<string, TokenRule> {
  const map = tree === undefined ? undefined : expectMap(tree, '"tokens"', report);
  const rules = [...(map?.entries ?? [])].flatMap(([token, { value, keyPlace }]): [string, TokenRule][] => {
    const rule = expectMap(value, `the token "${token}"`, report);
    if (rule === undefined) return [];
    warnUnknownKeys(rule, RULE, report);
    const sourceTree = valueAt(rule, "source");
    const force = parseForce(valueAt(rule, "force"), report);
    if (sourceTree === undefined && force) report.error("token_without_source", keyPlace, { token });
    const source = sourceTree === undefined ? NO_SOURCE : parseTokenSource(sourceTree, report);
    return source === undefined ? [] : [[token, { source, force, place: keyPlace }]];
  });
  return new Map(rules);
}

function parseForce(tree: Tree | undefined, report: Report): boolean {
  if (tree === undefined) return false;
  const value = tree.kind === "scalar" ? tree.value : undefined;
  const word = String(value).toLowerCase();
  if (["true", "yes", "on", "1", "y", "t"].includes(word)) return true;
  if (!["false", "no", "off", "0", "n", "f"].includes(word))
    report.error("wrong_type", tree.place, { what: '"force"', expected: "true or false", found: describe(tree) });
  return false;
}

/** A mapping with a `kind` is one of its two kinds; whatever else is a model. */
function parseTokenSource(tree: Tree, report: Report): TokenSource | undefined {
  const kindTree = tree.kind === "map" ? valueAt(tree, "kind") : undefined;
  if (tree.kind !== "map" || kindTree === undefined) return ofModel(parseModelReference(tree, report));
  const kind = expectText(kindTree, '"kind"', report);
  if (kind === "zero") {
    warnUnknownKeys(tree, ZERO, report);
    return { kind: "zero" };
  }
  if (kind === "model_token") return parseModelToken(tree, report);
  if (kind !== undefined) report.error("unknown_token_kind", kindTree.place, { found: kind, known: KINDS });
  return undefined;
}

function ofModel(model: ModelReference | undefined): TokenSource | undefined {
  return model && { kind: "same", model };
}

function parseModelToken(map: TreeMap, report: Report): TokenSource | undefined {
  warnUnknownKeys(map, MODEL_TOKEN, report);
  const modelTree = requireValue(map, "model", MODEL_TOKEN, report);
  const model = modelTree === undefined ? undefined : parseModelReference(modelTree, report);
  const token = valueAt(map, "token");
  const id = valueAt(map, "token_id");
  if ((token === undefined) === (id === undefined)) {
    report.error("token_or_id", map.place, { found: token === undefined ? "neither" : "both" });
    return undefined;
  }
  const value = token === undefined ? parseId(id!, report) : expectText(token, '"token"', report);
  return model === undefined || value === undefined ? undefined : { kind: "token", model, token: value };
}

function parseId(tree: Tree, report: Report): number | undefined {
  const value = tree.kind === "scalar" && typeof tree.value === "number" ? tree.value : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  report.error("wrong_type", tree.place, { what: '"token_id"', expected: "a token id", found: describe(tree) });
  return undefined;
}
