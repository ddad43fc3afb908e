import type { Json } from "../base/canonical-json.ts";
import { parseCsv } from "../format/csv.ts";
import { parseJsonl } from "../format/jsonl.ts";
import { parseParquet } from "../format/parquet.ts";
import { evaluateErrors } from "./errors.ts";
import type { Item } from "./item.ts";
import { createItemSteps } from "./item-steps.ts";
import { shorten, type TaskKeys } from "./task-keys.ts";
import {
  besideFile,
  type KeyPath,
  readNamedBytes,
  readNamedFile,
  type TaskIo,
  type TaskSource,
} from "./task-source.ts";

/** The data of a task, read when it is asked for. */
export interface Dataset {
  readonly splits: readonly string[];
  /** Items in the order of the files. Read once. @throws evaluate/file_missing, bad_data, format/bad_line, bad_csv, bad_parquet */
  read(split: string): readonly Item[];
}

/** The split that files belong to when none is named, as in the `datasets` library. */
const UNNAMED_SPLIT = "train";

/** Opens the files of `dataset_kwargs.data_files`, whose paths are relative to the task file. */
export function openDataset(keys: TaskKeys, source: TaskSource, io: TaskIo): Dataset {
  const given = keys.dataset_kwargs.data_files;
  const bySplit = typeof given === "string" || Array.isArray(given) ? { [UNNAMED_SPLIT]: given } : given;
  const known = new Map<string, readonly Item[]>();
  const process = createItemSteps(keys, source);

  const read = (split: string): readonly Item[] => {
    const files = bySplit[split] ?? [];
    const base: KeyPath = ["dataset_kwargs", "data_files", ...(bySplit === given ? [split] : [])];
    const rows = [files].flat().flatMap((file, i) => {
      const where = source.at(Array.isArray(files) ? [...base, i] : base);
      return localPaths(file, { source, where, io }).flatMap((path) => READERS[keys.dataset_path](path, where, io));
    });
    return process(toItems(split, rows));
  };

  return {
    splits: Object.keys(bySplit),
    read: (split) => {
      const items = known.get(split) ?? read(split);
      known.set(split, items);
      return items;
    },
  };
}

function localPaths(
  file: string,
  { source, where, io }: { readonly source: TaskSource; readonly where: string; readonly io: TaskIo },
): readonly string[] {
  const what = `the path "${file}"`;
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(file))
    throw evaluateErrors.not_supported({ where, what, fix: "download the file and name its place" });
  const path = besideFile(source.fileOf("dataset_kwargs"), file);
  if (!/[*?[\]]/.test(file)) return [path];
  const found = io.expand?.(path) ?? [];
  if (found.length === 0) throw evaluateErrors.file_missing({ where, path });
  return found;
}

interface Row {
  readonly where: string;
  readonly fields: { readonly [name: string]: Json };
}

type ReadRows = (path: string, where: string, io: TaskIo) => readonly Row[];

/** How files are read, by `dataset_path`. */
const READERS: Readonly<Record<TaskKeys["dataset_path"], ReadRows>> = {
  json: readJsonRows,
  csv: readCsvRows,
  parquet: (path, where, io) =>
    parseParquet(readNamedBytes(path, where, io), path).map((fields, i) => ({ where: `${path}: row ${i}`, fields })),
};

/** Columns of numbers hold numbers, as pandas would read them; empty cells are null. */
function readCsvRows(path: string, where: string, io: TaskIo): readonly Row[] {
  const rows = parseCsv(readNamedFile(path, where, io), path);
  const isNumber = (cell: string): boolean => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(cell);
  const names = Object.keys(rows[0]?.fields ?? {});
  const numeric = new Set(
    names.filter((name) => rows.every(({ fields }) => fields[name] === "" || isNumber(fields[name]!))),
  );
  const readCell = (name: string, cell: string): Json => (cell === "" ? null : numeric.has(name) ? Number(cell) : cell);
  return rows.map(({ line, fields }) => ({
    where: `${path}:${line}`,
    fields: Object.fromEntries(Object.entries(fields).map(([name, cell]) => [name, readCell(name, cell)])),
  }));
}

/** A file of one JSON object a line, or of one JSON list of objects. */
function readJsonRows(path: string, where: string, io: TaskIo): readonly Row[] {
  const text = readNamedFile(path, where, io);
  const isOneList = /^[\uFEFF\s]*\[/.test(text);
  const values = isOneList
    ? parseList(text, path).map((value, i) => ({ where: `${path}: entry ${i}`, value }))
    : parseJsonl(text, path).map(({ line, value }) => ({ where: `${path}:${line}`, value }));
  return values.map((row) => {
    if (isMapping(row.value)) return { where: row.where, fields: row.value };
    const problem = `an item must be a JSON object, got ${shorten(JSON.stringify(row.value))}`;
    throw evaluateErrors.bad_data({ where: row.where, problem });
  });
}

function parseList(text: string, path: string): readonly Json[] {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as readonly Json[];
  } catch (cause) {
    const { message } = cause as Error;
    const place = /line (\d+) column (\d+)/.exec(message);
    const where = place === null ? path : `${path}:${place[1]}:${place[2]}`;
    throw evaluateErrors.bad_data({ where, problem: `this is not JSON: ${message}` }, cause);
  }
}

function isMapping(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function toItems(split: string, rows: readonly Row[]): readonly Item[] {
  const names = [...new Set(rows.flatMap(({ fields }) => Object.keys(fields)))];
  return rows.map(({ where, fields }, index) => {
    const absent = new Set(names.filter((name) => !Object.hasOwn(fields, name)));
    return { split, index, where, fields, absent };
  });
}
