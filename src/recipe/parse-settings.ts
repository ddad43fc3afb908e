import type { Conditional, Gradient, ParameterMap, Scalar, Setting } from "./recipe.ts";
import type { Located, Report } from "./report.ts";
import { expectMap, type KeyTable, valueAt, warnUnknownKeys } from "./tree-reader.ts";
import { describe, type Tree, type TreeMap } from "./yaml-tree.ts";

const CONDITIONAL: KeyTable = { where: "a conditional value", known: ["filter", "value"] };

/** Reads a `parameters` mapping; undefined is an empty one. Names are not checked, since they depend on the method. */
export function parseParameters(tree: Tree | undefined, report: Report): ParameterMap {
  const parameters = new Map<string, Located<Setting | undefined>>();
  const map = tree === undefined ? undefined : expectMap(tree, '"parameters"', report);
  for (const [name, { value }] of map?.entries ?? []) {
    parameters.set(name, { value: parseSetting(value, name, report), place: value.place });
  }
  return parameters;
}

function parseSetting(tree: Tree, name: string, report: Report): Setting | undefined {
  if (tree.kind === "map") {
    const single = parseConditional(tree, name, report);
    return single === undefined ? undefined : [single];
  }
  if (tree.kind === "list" && tree.items.some((item) => item.kind === "map")) {
    const conditionals = tree.items.map((item) =>
      item.kind === "map"
        ? parseConditional(item, name, report)
        : bad(item, name, `${describe(item)} in a list of mappings`, report),
    );
    return conditionals.includes(undefined) ? undefined : (conditionals as Conditional[]);
  }
  return parseGradient(tree, name, report);
}

function parseConditional(map: TreeMap, name: string, report: Report): Conditional | undefined {
  warnUnknownKeys(map, CONDITIONAL, report);
  const value = valueAt(map, "value");
  if (value === undefined) return bad(map, name, "a conditional without a value", report);
  const gradient = parseGradient(value, name, report);
  const filter = valueAt(map, "filter");
  if (gradient === undefined) return undefined;
  if (filter === undefined) return { filter: null, value: gradient };
  if (filter.kind === "scalar" && typeof filter.value === "string") return { filter: filter.value, value: gradient };
  report.error("wrong_type", filter.place, {
    what: '"filter"',
    expected: "a text, part of a tensor's name",
    found: describe(filter),
  });
  return undefined;
}

function parseGradient(tree: Tree, name: string, report: Report): Gradient | undefined {
  if (tree.kind !== "list") return parseScalar(tree, name, report);
  const values = tree.items.map((item) => parseScalar(item, name, report));
  return values.includes(undefined) ? undefined : (values as Scalar[]);
}

function parseScalar(tree: Tree, name: string, report: Report): Scalar | undefined {
  if (tree.kind !== "scalar" || tree.value === null) return bad(tree, name, describe(tree), report);
  if (typeof tree.value === "number" && !Number.isFinite(tree.value)) return bad(tree, name, describe(tree), report);
  return tree.value;
}

function bad(tree: Tree, name: string, found: string, report: Report): undefined {
  report.error("bad_setting", tree.place, { name, found });
  return undefined;
}
