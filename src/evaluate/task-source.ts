import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Json } from "../base/canonical-json.ts";
import { CodedError } from "../base/errors.ts";
import { pythonTags } from "../format/python-yaml.ts";
import { evaluateErrors } from "./errors.ts";

/** What reading a task needs from the machine. */
export interface TaskIo {
  /** The text of a file. Whatever it throws is reported as `evaluate/file_missing`, with the cause. */
  readonly readText: (path: string) => string;
  /** The bytes of a file, likewise. Needed for Parquet. */
  readonly readBytes?: (path: string) => Uint8Array;
  /** Paths that fit a pattern with `*`, `?` or `[…]`, in alphabetical order. Needed where a task file has patterns. */
  readonly expand?: (pattern: string) => readonly string[];
}

/** Keys and indices from the top of the YAML. */
export type KeyPath = readonly (string | number)[];

/** The keys of a task file and of the files that it includes. */
export interface TaskSource {
  /** Own keys win over included ones, whole; keys without a value are left out. */
  readonly keys: { readonly [key: string]: Json };
  /** `file:line:column` of a key, or of the nearest thing above it. */
  at(path: KeyPath): string;
  /** The file whose folder the paths under a top-level key are relative to. */
  fileOf(key: string): string;
}

/** One YAML file. */
interface Page {
  readonly path: string;
  readonly contents: Node;
  readonly lines: LineCounter;
  readonly keys: { readonly [key: string]: Json };
}

/** Code units of a task file; the largest in use, with their examples inside, have about 100,000. */
const MAX_TASK_LENGTH = 4_000_000;

/**
 * Reads a task file and what it includes. YAML is read as version 1.1, which is what PyYAML knows.
 *
 * @throws evaluate/file_missing, bad_yaml, not_a_task, code_refused, include_cycle, bad_value
 */
export function readTaskSource(path: string, io: TaskIo): TaskSource {
  const pages = readPages(path, { io, where: path, above: [] });
  const owner = new Map<string, Page>();
  const keys: Record<string, Json> = {};
  for (const page of pages) {
    for (const [key, value] of Object.entries(page.keys)) {
      if (key === "include") continue;
      owner.set(key, page);
      if (value === null) delete keys[key];
      else keys[key] = value;
    }
  }
  const top = pages.at(-1)!;
  const pageOf = (key: string | number | undefined): Page => owner.get(String(key)) ?? top;
  return {
    keys,
    at: (keyPath) => position(pageOf(keyPath[0]), keyPath),
    fileOf: (key) => pageOf(key).path,
  };
}

/** Returns a path as seen from the folder of a file; absolute paths stay as they are. */
export function besideFile(file: string, path: string): string {
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  return file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1) + path;
}

/** Reads a file for whoever names it at `where`. @throws evaluate/file_missing */
export function readNamedFile(path: string, where: string, io: TaskIo): string {
  return attempt(path, where, () => io.readText(path));
}

/** The same as bytes. @throws evaluate/file_missing */
export function readNamedBytes(path: string, where: string, io: TaskIo): Uint8Array {
  return attempt(path, where, () => io.readBytes!(path));
}

function attempt<T>(path: string, where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CodedError && cause.code === "format/not_utf8") throw cause;
    throw evaluateErrors.file_missing({ where, path }, cause);
  }
}

/** Included files first, so that later ones win. */
function readPages(
  path: string,
  { io, where, above }: { readonly io: TaskIo; readonly where: string; readonly above: readonly string[] },
): readonly Page[] {
  const page = readPage(path, readNamedFile(path, where, io));
  const include = page.keys["include"] ?? [];
  const includes: readonly unknown[] = Array.isArray(include) ? include : [include];
  const included = includes.flatMap((name) => {
    const here = position(page, ["include"]);
    if (typeof name !== "string") {
      const got = JSON.stringify(name);
      throw evaluateErrors.bad_value({ where: here, key: "include", got, expected: "a path or a list of paths" });
    }
    const target = besideFile(path, name);
    if (target === path || above.includes(target)) throw evaluateErrors.include_cycle({ where: here, path: name });
    return readPages(target, { io, where: here, above: [...above, path] });
  });
  return [...included, page];
}

function readPage(path: string, text: string): Page {
  if (text.length > MAX_TASK_LENGTH) {
    const problem = `it has ${text.length} characters, and at most ${MAX_TASK_LENGTH} are read`;
    throw evaluateErrors.bad_yaml({ where: path, problem });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...{ lineCounter: lines, version: "1.1", uniqueKeys: true, prettyErrors: false, logLevel: "error" },
    customTags: pythonTags,
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken !== undefined)
    throw evaluateErrors.bad_yaml({ where: place(broken.pos[0]), problem: broken.message }, broken);
  const { contents } = document;
  if (!isMap(contents)) throw evaluateErrors.not_a_task({ where: `${path}:1:1` });
  refuseTags(contents, place);
  try {
    return { path, contents, lines, keys: document.toJS() as Page["keys"] };
  } catch (cause) {
    throw evaluateErrors.bad_yaml({ where: `${path}:1:1`, problem: (cause as Error).message }, cause);
  }
}

const PLAIN_TAGS = new Set(["str", "int", "float", "bool", "null", "seq", "map", "merge"]);

/** Only the tags of plain data pass: `!function` and `!!python/…` would name code. */
function refuseTags(contents: Node, place: (offset: number) => string): void {
  visit(contents, {
    Node: (_key, node) => {
      const tag = node.tag;
      if (tag === undefined || PLAIN_TAGS.has(tag.replace(/^tag:yaml\.org,2002:/, ""))) return;
      throw evaluateErrors.code_refused({
        where: place(node.range?.[0] ?? 0),
        tag: tag.replace(/^tag:yaml\.org,2002:/, "!!"),
      });
    },
  });
}

/** Goes down the path as far as there are nodes, and stands on the last key or entry found. */
function position({ path, contents, lines }: Page, keyPath: KeyPath): string {
  let node: unknown = contents;
  let found: unknown = contents;
  for (const key of keyPath) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) break;
      [found, node] = [pair.key, pair.value];
    } else if (isSeq(node)) {
      const entry = node.items[Number(key)];
      if (entry === undefined) break;
      [found, node] = [entry, entry];
    } else break;
  }
  const offset = (found as Node).range?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return `${path}:${line}:${col}`;
}
