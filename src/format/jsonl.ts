import type { Json } from "../base/canonical-json.ts";
import { formatErrors } from "./errors.ts";

/** One value of a JSONL text. */
export interface JsonLine {
  /** Counted from 1. */
  readonly line: number;
  readonly value: Json;
}

/**
 * Parses a text that holds one JSON value a line. Empty lines and a byte-order mark are passed over.
 *
 * @param fileName - stands in errors, with the line.
 * @throws format/bad_line
 */
export function parseJsonl(text: string, fileName: string): readonly JsonLine[] {
  const rows: JsonLine[] = [];
  for (const [i, row] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (row.trim() === "") continue;
    rows.push({ line: i + 1, value: parseRow(row, fileName, i + 1) });
  }
  return rows;
}

function parseRow(row: string, file: string, line: number): Json {
  try {
    return JSON.parse(row) as Json;
  } catch (cause) {
    const found = row.length > 60 ? `${row.slice(0, 60)}…` : row.trim();
    throw formatErrors.bad_line({ file, line, found }, cause);
  }
}
