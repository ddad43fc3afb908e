import type { ModelReference } from "./recipe.ts";
import type { Report } from "./report.ts";
import { expectText, type KeyTable, requireValue, valueAt, warnUnknownKeys } from "./tree-reader.ts";
import { describe, type Tree, type TreeMap } from "./yaml-tree.ts";

const MAPPING: KeyTable = { where: "a model", known: ["model", "lora", "override_architecture"] };
const PATH: KeyTable = { where: "a model's path", known: ["path", "revision"] };

/** Reads a model: a text `MODEL[@REVISION][+LORA]`, or a mapping with `model`, `lora` and `override_architecture`. */
export function parseModelReference(tree: Tree, report: Report): ModelReference | undefined {
  if (tree.kind === "list") {
    report.error("wrong_type", tree.place, { what: "a model", expected: "a path or a hub id", found: describe(tree) });
    return undefined;
  }
  if (tree.kind === "map") return parseMapping(tree, report);
  const text = expectText(tree, "a model", report);
  return text === undefined ? undefined : { text, overrideArchitecture: undefined, place: tree.place };
}

function parseMapping(map: TreeMap, report: Report): ModelReference | undefined {
  warnUnknownKeys(map, MAPPING, report);
  const modelTree = requireValue(map, "model", MAPPING, report);
  const model = modelTree === undefined ? undefined : parsePath(modelTree, report);
  const loraTree = valueAt(map, "lora");
  const lora = loraTree === undefined ? undefined : parsePath(loraTree, report);
  const overrideTree = valueAt(map, "override_architecture");
  const overrideArchitecture =
    overrideTree === undefined ? undefined : expectText(overrideTree, '"override_architecture"', report);
  if (model === undefined) return undefined;
  return { text: lora === undefined ? model : `${model}+${lora}`, overrideArchitecture, place: map.place };
}

function parsePath(tree: Tree, report: Report): string | undefined {
  if (tree.kind !== "map") return expectText(tree, "a model", report);
  warnUnknownKeys(tree, PATH, report);
  const pathTree = requireValue(tree, "path", PATH, report);
  const path = pathTree === undefined ? undefined : expectText(pathTree, '"path"', report);
  const revisionTree = valueAt(tree, "revision");
  const revision = revisionTree === undefined ? undefined : expectText(revisionTree, '"revision"', report);
  return path === undefined || revision === undefined ? path : `${path}@${revision}`;
}
