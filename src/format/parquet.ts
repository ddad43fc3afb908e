import { type FileMetaData, parquetMetadata, parquetSchema } from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import { flatten } from "hyparquet/src/utils.js";
import { compressors } from "hyparquet-compressors";
import type { Json } from "../base/canonical-json.ts";
import { formatErrors } from "./errors.ts";

/** Bytes that a file may say its columns have when unpacked: far more than any benchmark, less than memory. */
const MAX_UNPACKED_BYTES = 2 ** 30;

/**
 * Reads a Parquet file into one object a row, columns in the order of the schema.
 *
 * Dates and times become ISO texts, whole numbers beyond 2^53 texts, raw bytes null.
 *
 * @param bytes - the whole file.
 * @param fileName - stands in errors.
 * @throws format/bad_parquet
 */
export function parseParquet(bytes: Uint8Array, fileName: string): readonly { readonly [name: string]: Json }[] {
  try {
    const metadata = parquetMetadata(copyOf(bytes));
    checkSize(metadata);
    return metadata.row_groups.flatMap((group) => readGroup(bytes, metadata, group));
  } catch (cause) {
    throw formatErrors.bad_parquet({ file: fileName, problem: (cause as Error).message }, cause);
  }
}

type RowGroup = FileMetaData["row_groups"][number];

function checkSize(metadata: FileMetaData): void {
  const chunks = metadata.row_groups.flatMap((group) => group.columns);
  const unpacked = chunks.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0), 0);
  if (!(unpacked <= MAX_UNPACKED_BYTES)) throw new Error(`it unpacks to ${unpacked} bytes, more than are read`);
}

function readGroup(bytes: Uint8Array, metadata: FileMetaData, group: RowGroup): readonly { [name: string]: Json }[] {
  const rows = Number(group.num_rows);
  const tree = parquetSchema(metadata);
  const columns = new Map<string, ArrayLike<unknown>>();
  for (const { meta_data: chunk, file_path } of group.columns) {
    if (chunk === undefined || file_path !== undefined) throw new Error("a column lies in another file");
    const schemaPath = getTreePath(tree, chunk.path_in_schema);
    const first = Math.min(...[chunk.dictionary_page_offset, chunk.data_page_offset].map(Number).filter(Boolean));
    const end = first + Number(chunk.total_compressed_size);
    if (!(first >= 0 && end <= bytes.length)) throw new Error(`the file ends before byte ${end}`);
    const reader = { view: new DataView(copyOf(bytes.subarray(first, end))), offset: 0 };
    const decoder = {
      ...chunk,
      pathInSchema: chunk.path_in_schema,
      element: schemaPath.at(-1)!.element,
      schemaPath,
      parsers: DEFAULT_PARSERS,
      compressors,
      utf8: true,
    };
    const select = { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows };
    columns.set(chunk.path_in_schema.join("."), flatten(readColumn(reader, select, decoder).data));
  }
  for (const child of tree.children)
    if (child.children.length > 0) assembleNested(columns as never, child, DEFAULT_PARSERS);
  const names = tree.children.map(({ element }) => element.name);
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, toJson(columns.get(name)?.[row])])),
  );
}

/** The library reads the buffer behind a view, from its beginning. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function toJson(value: unknown): Json {
  if (value === undefined || value === null || value instanceof Uint8Array) return null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "object" && "toISOString" in value) return (value as { toISOString(): string }).toISOString();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, toJson);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]));
  return value as Json;
}
