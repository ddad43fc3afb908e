/**
 * Formats rows as a table in plain text: columns padded to their widest cell, numbers to the right.
 *
 * @param rows - the first one is the heading; all have the same number of cells.
 */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ""))));
  const isNumeric = widths.map((_, column) => rows.slice(1).every((row) => /^[-+]?[\d.]|^–?$/.test(row[column] ?? "")));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column]!, isNumeric[column]!))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function pad(cell: string, width: number, right: boolean): string {
  const space = " ".repeat(width - displayWidth(cell));
  return right ? space + cell : cell + space;
}

/** Columns a text takes on a terminal: East Asian wide characters take two. */
export function displayWidth(text: string): number {
  return [...text].reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0);
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
