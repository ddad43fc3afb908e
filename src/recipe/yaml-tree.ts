/** Reads YAML 1.1, as mergekit's recipes are, into a tree in which every value and key knows where it stands. */

import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { pythonTags } from "../format/python-yaml.ts";
import type { Place, Report } from "./report.ts";

/** A value in the text. */
export type Tree = TreeMap | TreeList | TreeScalar;

/** A mapping; a key that stands twice is there once, with its last value. */
export interface TreeMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

/** One pair of a mapping. */
export interface TreeEntry {
  /** Where the key stands. */
  readonly keyPlace: Place;
  readonly value: Tree;
}

/** A sequence. */
export interface TreeList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Tree[];
}

/** A single value. Dates and binary data come as their text. */
export interface TreeScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
}

/** A recipe of eighty layers with a list of filters for ten models takes about 300 kB; a file of many megabytes would be parsed for minutes. */
const MAX_BYTES = 2 ** 20;
/** Counted after aliases are followed, so that a few lines cannot unfold into billions of values. */
const MAX_VALUES = 200_000;
const MAX_DEPTH = 64;

/** One document of a text. */
export interface DocumentTree {
  readonly tree: Tree;
  /** The part of the text that holds it. */
  readonly text: string;
}

/**
 * Parses the text of a recipe, which may hold several documents. Paths in the second and later ones begin with
 * `documents.N.`, N from 0; lines are counted through.
 *
 * @returns undefined after something was reported that makes the text unreadable.
 */
export function parseYamlTrees(text: string, report: Report): readonly DocumentTree[] | undefined {
  const top = { path: "", line: 1, column: 1 };
  if (text.length > MAX_BYTES) {
    report.error("too_large", top, { sizeBytes: text.length, maxBytes: MAX_BYTES });
    return undefined;
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: "1.1",
    customTags: pythonTags,
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  const faults = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  for (const { pos, message } of faults) noteFault(placeAt(lines, "", pos[0]), message, report);
  if (faults.length > 0) return undefined;
  const filled = documents.filter(({ contents }) => !isEmptyNode(contents as Node | null));
  if (filled.length === 0) return [{ tree: { kind: "scalar", place: top, value: null }, text }];
  const trees = filled.map((document, i): DocumentTree | undefined => {
    const prefix = i === 0 ? "" : `documents.${i}`;
    const tree = new TreeReader(lines, report).read(document.contents as Node | null, prefix, 0, top);
    return tree && { tree, text: filled.length === 1 ? text : text.slice(document.range[0], document.range[2]) };
  });
  return trees.every((tree) => tree !== undefined) ? trees : undefined;
}

/** A line of dashes at the end of a file begins a document of nothing. */
function isEmptyNode(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function noteFault(place: Place, why: string, report: Report): void {
  // How the parser says that lists lie too deep in each other; hundreds of faults at as many places follow from it.
  const isTooDeep = /call stack|stack overflow/i.test(why);
  if (isTooDeep) report.error("too_complex", { path: "", line: 1, column: 1 }, { what: "levels", max: MAX_DEPTH });
  else report.error("yaml_syntax", place, { why });
}

function placeAt(lines: LineCounter, path: string, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { path, line: Math.max(1, line), column: Math.max(1, col) };
}

class TreeReader {
  /** By name, the last one in the text so far. */
  readonly #anchors = new Map<string, Node>();
  readonly #lines: LineCounter;
  readonly #report: Report;
  #values = 0;
  #stopped = false;

  constructor(lines: LineCounter, report: Report) {
    this.#lines = lines;
    this.#report = report;
  }

  /** @param fallback - where the value would stand, for values that are empty. */
  read(node: Node | null, path: string, depth: number, fallback: Place): Tree | undefined {
    const place = node?.range ? placeAt(this.#lines, path, node.range[0]) : { ...fallback, path };
    this.#values++;
    if (this.#values > MAX_VALUES) return this.#stop(place, "values", MAX_VALUES);
    if (depth > MAX_DEPTH) return this.#stop(place, "levels", MAX_DEPTH);
    if (isAlias(node)) return this.#follow(node, place, depth);
    if (node?.anchor) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#map(node, place, depth);
    if (isSeq(node)) {
      const items: Tree[] = [];
      for (const [i, item] of node.items.entries()) {
        const value = this.read(item as Node | null, join(path, String(i)), depth + 1, place);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return { kind: "list", place, items };
    }
    return { kind: "scalar", place, value: isScalar(node) ? scalarValue(node) : null };
  }

  #follow({ source }: Alias, place: Place, depth: number): Tree | undefined {
    const node = this.#anchors.get(source);
    if (node !== undefined) return this.read(node, place.path, depth + 1, place);
    this.#report.error("yaml_syntax", place, { why: `there is no anchor &${source} before the alias *${source}` });
    return undefined;
  }

  #map(node: YAMLMap, place: Place, depth: number): TreeMap | undefined {
    const entries = new Map<string, TreeEntry>();
    const merged = new Map<string, TreeEntry>();
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      if (isMergeKey(pair.key)) {
        for (const source of this.#mergeSources(pair.value, place.path, depth)) {
          for (const [key, entry] of source.entries) if (!merged.has(key)) merged.set(key, entry);
        }
      } else {
        const key = keyText(pair.key);
        const keyPlace = placeAt(this.#lines, join(place.path, key), pair.key?.range?.[0] ?? 0);
        if (entries.has(key)) this.#report.warn("duplicate_key", keyPlace, { key });
        const value = this.read(pair.value, keyPlace.path, depth + 1, keyPlace);
        if (value === undefined) return undefined;
        entries.set(key, { keyPlace, value });
      }
      if (this.#stopped) return undefined;
    }
    for (const [key, entry] of merged) if (!entries.has(key)) entries.set(key, entry);
    return { kind: "map", place, entries };
  }

  #mergeSources(value: Node | null, path: string, depth: number): TreeMap[] {
    const tree = this.read(value, path, depth + 1, { path, line: 1, column: 1 });
    if (tree === undefined) return [];
    const sources = tree.kind === "list" ? tree.items : [tree];
    for (const source of sources) {
      if (source.kind === "map") continue;
      this.#report.error("wrong_type", source.place, {
        what: '"<<"',
        expected: "an alias of a mapping",
        found: describe(source),
      });
    }
    return sources.filter((source) => source.kind === "map");
  }

  #stop(place: Place, what: string, max: number): undefined {
    if (!this.#stopped) this.#report.error("too_complex", place, { what, max });
    this.#stopped = true;
    return undefined;
  }
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function isMergeKey(key: Node | null): boolean {
  if (!isScalar(key)) return false;
  const { value } = key;
  return typeof value === "symbol" && value.description === "<<";
}

function keyText(key: Node | null): string {
  if (!isScalar(key)) return key === null ? "" : "?";
  return key.source ?? String(key.value);
}

function scalarValue({ value, source }: Scalar): TreeScalar["value"] {
  if (value === null || typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return value;
  return source ?? String(value);
}

/** Names a value for a sentence: `the text "mlp"`, `a list`. */
export function describe(tree: Tree): string {
  if (tree.kind === "map") return "a mapping";
  if (tree.kind === "list") return `a list of ${tree.items.length}`;
  const { value } = tree;
  if (value === null) return "nothing";
  return typeof value === "string" ? `the text ${JSON.stringify(value.slice(0, 80))}` : String(value);
}
