/** Reads a recipe's YAML into a `Recipe`, noting everything that is wrong with its form at once. */

import { nearestName } from "../base/nearest.ts";
import { type Dtype, dtypeFromTorchName, kindOf } from "../tensor/dtype.ts";
import { parseModelReference } from "./parse-model-reference.ts";
import { parseParameters } from "./parse-settings.ts";
import { parseTokenizer } from "./parse-tokenizer.ts";
import type { Layout, ModelReference, Recipe, RecipeModule, Slice, Source } from "./recipe.ts";
import type { Located, Place, Report } from "./report.ts";
import {
  expectList,
  expectMap,
  expectText,
  type KeyTable,
  misspeltKey,
  requireValue,
  valueAt,
  warnUnknownKeys,
} from "./tree-reader.ts";
import { type DocumentTree, describe, parseYamlTrees, type Tree, type TreeMap } from "./yaml-tree.ts";

const LAYOUT_KEYS = ["models", "slices", "modules"];
const TOKENIZER_KEYS = ["tokenizer_source", "tokenizer"];
const RECIPE: KeyTable = {
  where: "the recipe",
  known: [
    "merge_method",
    ...LAYOUT_KEYS,
    "base_model",
    "parameters",
    "dtype",
    "out_dtype",
    ...TOKENIZER_KEYS,
    "chat_template",
    "name",
  ],
};
const INPUT: KeyTable = { where: "an entry of models", known: ["model", "parameters"] };
const SLICE: KeyTable = { where: "a slice", known: ["sources", "base_model", "parameters"] };
const SOURCE: KeyTable = { where: "a source", known: ["model", "layer_range", "parameters"] };
const MODULE: KeyTable = { where: "a module", known: ["models", "slices", "parameters"] };

/** The keys that are known, by the part of a recipe. */
export const RECIPE_KEYS: Readonly<Record<string, readonly string[]>> = {
  recipe: RECIPE.known,
  input: INPUT.known,
  slice: SLICE.known,
  source: SOURCE.known,
  module: MODULE.known,
};

/**
 * Parses the recipes of a text: one, or several that may use each other's results.
 *
 * @returns what could be read, so that the rest can be checked too; undefined if that is too little.
 */
export function parseRecipes(text: string, report: Report): readonly Recipe[] | undefined {
  const documents = parseYamlTrees(text, report);
  const recipes = documents?.map((document) => parseRecipe(document, report));
  return recipes?.every((recipe) => recipe !== undefined) === true ? recipes : undefined;
}

function parseRecipe({ tree, text }: DocumentTree, report: Report): Recipe | undefined {
  const map = expectMap(tree, "a recipe", report);
  if (map === undefined) return undefined;
  warnUnknownKeys(map, RECIPE, report);
  const method = parseMethod(map, report);
  const layout = parseLayout(map, report);
  const base = parseBase(map, report);
  const parameters = parseParameters(valueAt(map, "parameters"), report);
  const dtype = parseDtype(map, "dtype", report);
  const outDtype = parseDtype(map, "out_dtype", report);
  if (layout === undefined) return undefined;
  const isWhole = layout.isWhole && (base !== undefined || valueAt(map, "base_model") === undefined);
  return {
    name: parseName(map, report),
    text,
    isWhole,
    method,
    base,
    modules: layout.modules,
    parameters,
    dtype,
    outDtype,
    tokenizer: parseTokenizer(map, report),
    chatTemplate: parseTemplate(map, report),
  };
}

function parseName(map: TreeMap, report: Report): Located<string> | undefined {
  const tree = valueAt(map, "name");
  const value = tree === undefined ? undefined : expectText(tree, '"name"', report);
  return value === undefined ? undefined : { value, place: tree!.place };
}

function parseMethod(map: TreeMap, report: Report): Located<string> | undefined {
  const tree = requireValue(map, "merge_method", RECIPE, report);
  const value = tree === undefined ? undefined : expectText(tree, '"merge_method"', report);
  return value === undefined ? undefined : { value, place: tree!.place };
}

function parseBase(map: TreeMap, report: Report): ModelReference | undefined {
  const tree = valueAt(map, "base_model");
  return tree === undefined ? undefined : parseModelReference(tree, report);
}

function parseTemplate(map: TreeMap, report: Report): Located<string> | undefined {
  const tree = valueAt(map, "chat_template");
  const value = tree === undefined ? undefined : expectText(tree, '"chat_template"', report);
  return value === undefined || value === "" ? undefined : { value, place: tree!.place };
}

function parseDtype(map: TreeMap, key: string, report: Report): Located<Dtype> | undefined {
  const tree = valueAt(map, key);
  const found = tree === undefined ? undefined : expectText(tree, `"${key}"`, report);
  if (found === undefined || found === "") return undefined;
  const { place } = tree!;
  const dtype = dtypeFromTorchName(found);
  if (dtype === undefined) report.error("unknown_dtype", place, { key, found, nearest: nearestDtype(found) });
  else if (kindOf(dtype) !== "float") report.error("integer_dtype", place, { key, found });
  else if (dtype === "F64") report.warn("float64", place, { what: `"${key}"` });
  // What is no float type was noted, and stands in as float32 so that the rest can be checked.
  return { value: dtype === "BF16" || dtype === "F16" ? dtype : "F32", place };
}

const SHORT_DTYPES: Readonly<Record<string, string>> = {
  bf16: "bfloat16",
  fp16: "float16",
  f16: "float16",
  half: "float16",
  fp32: "float32",
  f32: "float32",
  float: "float32",
};

function nearestDtype(found: string): string | undefined {
  const lower = found.toLowerCase();
  return SHORT_DTYPES[lower] ?? nearestName(lower, ["bfloat16", "float16", "float32"]);
}

interface ParsedLayout {
  readonly modules: readonly RecipeModule[];
  /** Whether nothing of it had to be left out. */
  readonly isWhole: boolean;
}

function parseLayout(map: TreeMap, report: Report): ParsedLayout | undefined {
  const found = LAYOUT_KEYS.filter((key) => !isEmpty(valueAt(map, key)));
  if (found.length !== 1) {
    const misspelt = LAYOUT_KEYS.map((key) => misspeltKey(map, key, RECIPE.known)).find((key) => key !== undefined);
    const key = misspelt ?? LAYOUT_KEYS.find((name) => map.entries.has(name));
    const place = key === undefined ? map.place : map.entries.get(key)!.keyPlace;
    report.error("layout_count", place, { found, misspelt });
    return undefined;
  }
  if (found[0] === "modules") return parseModules(valueAt(map, "modules")!, report);
  const { layout, isWhole } = parseLayoutOf(map, found[0] as Layout["kind"], report);
  return { modules: [{ name: undefined, layout, parameters: new Map(), place: layout.place }], isWhole };
}

function isEmpty(tree: Tree | undefined): boolean {
  if (tree === undefined) return true;
  return (tree.kind === "list" && tree.items.length === 0) || (tree.kind === "map" && tree.entries.size === 0);
}

/** Which modules there are depends on the models. */
function parseModules(tree: Tree, report: Report): ParsedLayout | undefined {
  const entries = [...(expectMap(tree, '"modules"', report)?.entries ?? [])];
  const parsed = entries.map(([name, { value, keyPlace }]) => parseModule(name, value, keyPlace, report));
  const modules = parsed.flatMap((module) => module?.module ?? []);
  if (modules.length === 0) return undefined;
  return { modules, isWhole: parsed.every((module) => module?.isWhole === true) };
}

interface ParsedModule {
  readonly module: RecipeModule;
  readonly isWhole: boolean;
}

function parseModule(name: string, tree: Tree, place: Place, report: Report): ParsedModule | undefined {
  const map = expectMap(tree, `the module "${name}"`, report);
  if (map === undefined) return undefined;
  warnUnknownKeys(map, MODULE, report);
  const found = ["models", "slices"].filter((key) => !isEmpty(valueAt(map, key)));
  if (found.length !== 1) {
    report.error("layout_count", map.place, { found, misspelt: undefined });
    return undefined;
  }
  const parameters = parseParameters(valueAt(map, "parameters"), report);
  const { layout, isWhole } = parseLayoutOf(map, found[0] as Layout["kind"], report);
  return { module: { name, layout, parameters, place }, isWhole };
}

interface OneLayout {
  readonly layout: Layout;
  readonly isWhole: boolean;
}

function parseLayoutOf(map: TreeMap, kind: Layout["kind"], report: Report): OneLayout {
  const tree = valueAt(map, kind)!;
  const items = expectList(tree, `"${kind}"`, report) ?? [];
  if (kind === "models") {
    const sources = items.flatMap((item) => parseSource(item, INPUT, report) ?? []);
    const isWhole = sources.length > 0 && sources.length === items.length;
    return { layout: { kind, sources, place: tree.place }, isWhole };
  }
  const slices = items.flatMap((item) => parseSlice(item, report) ?? []);
  const isWhole = slices.length > 0 && slices.length === items.length && slices.every((slice) => slice.isWhole);
  return { layout: { kind, slices, place: tree.place }, isWhole };
}

function parseSlice(tree: Tree, report: Report): (Slice & { readonly isWhole: boolean }) | undefined {
  const map = expectMap(tree, SLICE.where, report);
  if (map === undefined) return undefined;
  warnUnknownKeys(map, SLICE, report);
  const list = requireValue(map, "sources", SLICE, report);
  const items = list === undefined ? [] : (expectList(list, '"sources"', report) ?? []);
  if (list?.kind === "list" && items.length === 0) {
    const expected = "a list of at least one source";
    report.error("wrong_type", list.place, { what: '"sources"', expected, found: describe(list) });
  }
  const sources = items.flatMap((item) => parseSource(item, SOURCE, report) ?? []);
  const hasRanges = sources.every((source) => source.layerRange !== undefined);
  const base = parseBase(map, report);
  const isBaseRead = base !== undefined || valueAt(map, "base_model") === undefined;
  const isWhole = sources.length > 0 && sources.length === items.length && hasRanges && isBaseRead;
  return { sources, base, parameters: parseParameters(valueAt(map, "parameters"), report), place: map.place, isWhole };
}

function parseSource(tree: Tree, table: KeyTable, report: Report): Source | undefined {
  const map = expectMap(tree, table.where, report);
  if (map === undefined) return undefined;
  warnUnknownKeys(map, table, report);
  const modelTree = requireValue(map, "model", table, report);
  const model = modelTree === undefined ? undefined : parseModelReference(modelTree, report);
  const parameters = parseParameters(valueAt(map, "parameters"), report);
  const layerRange = table === SOURCE ? parseRange(map, report) : undefined;
  return model === undefined ? undefined : { model, layerRange, parameters, place: map.place };
}

function parseRange(map: TreeMap, report: Report): Source["layerRange"] {
  const tree = requireValue(map, "layer_range", SOURCE, report);
  if (tree === undefined) return undefined;
  const ends = tree.kind === "list" ? tree.items.map(wholeNumber) : [];
  const [start, end] = ends;
  if (ends.length === 2 && start !== undefined && end !== undefined) return { value: [start, end], place: tree.place };
  report.error("wrong_type", tree.place, {
    what: '"layer_range"',
    expected: "two whole numbers, [first layer, one after the last]",
    found: describe(tree),
  });
  return undefined;
}

function wholeNumber(tree: Tree): number | undefined {
  if (tree.kind !== "scalar" || typeof tree.value === "boolean" || tree.value === null) return undefined;
  const number = typeof tree.value === "string" && tree.value.trim() === "" ? Number.NaN : Number(tree.value);
  return Number.isSafeInteger(number) ? number : undefined;
}
