import { formatErrors } from "./errors.ts";

/** One row of a CSV text. */
export interface CsvRow {
  /** Of its first character, counted from 1. */
  readonly line: number;
  /** By the names of the first row. */
  readonly fields: { readonly [name: string]: string };
}

/**
 * Parses a CSV text whose first row names the columns: commas, double quotes, doubled quotes inside, and line ends
 * inside quotes. Empty lines and a byte-order mark are passed over.
 *
 * @param fileName - stands in errors, with the line.
 * @throws format/bad_csv for a row of another length than the first, and for a quote that is never closed
 */
export function parseCsv(text: string, fileName: string): readonly CsvRow[] {
  const [head, ...rows] = readCells(text.replace(/^\uFEFF/, ""), fileName);
  if (head === undefined) return [];
  return rows.map(({ line, cells }) => {
    if (cells.length !== head.cells.length) {
      const problem = `the row has ${cells.length} cells, and the first row ${head.cells.length}`;
      throw formatErrors.bad_csv({ file: fileName, line, problem });
    }
    return { line, fields: Object.fromEntries(head.cells.map((name, i) => [name, cells[i]!])) };
  });
}

interface Cells {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A cell, quoted or not, and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n][^,\r\n]*)?)(,|\r\n|\n|\r|$)/y;

function readCells(text: string, file: string): readonly Cells[] {
  const rows: Cells[] = [];
  let [line, start, at] = [1, 1, 0];
  let cells: string[] = [];
  while (at < text.length || cells.length > 0) {
    CELL.lastIndex = at;
    const found = CELL.exec(text);
    if (found === null)
      throw formatErrors.bad_csv({
        file,
        line,
        problem: "a cell with a quote inside must be quoted, and quotes closed",
      });
    const [whole, quoted, plain, end] = found;
    cells.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    at += whole.length;
    line += whole.split(/\r\n|\n|\r/).length - 1;
    if (end === ",") continue;
    if (cells.length > 1 || cells[0] !== "" || quoted !== undefined) rows.push({ line: start, cells });
    cells = [];
    start = line;
  }
  return rows;
}
