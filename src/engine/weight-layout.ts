/** How a stored tensor lies in memory, where that is not as it is stored. */

/**
 * The tensor is seen as a matrix: its last axis counts columns, all others together count rows; a vector is one column.
 * Memory is a matrix too. What no stored element goes to stays as it is.
 */
export interface WeightLayout {
  /** Rows in memory. */
  readonly rows: number;
  /** Columns in memory. */
  readonly columns: number;
  /** Whether the stored matrix is [in, out]: its rows become columns. The places are those after turning. */
  readonly isTransposed?: boolean;
  /** Row in memory of each row. @default the same */
  readonly rowPlaces?: Int32Array;
  /** Column in memory of each column. @default the same */
  readonly columnPlaces?: Int32Array;
  /** Every value is multiplied by it. @default 1 */
  readonly factor?: number;
  /** Added to every value, before the factor. @default 0 */
  readonly added?: number;
}

/** Some rows of a stored matrix: numbers, or the bits of 16-bit floats, which can only be moved. */
export interface StoredRows<A extends Float32Array | Uint16Array = Float32Array> {
  /** [rows, columns]; may be overwritten. */
  readonly values: A;
  readonly firstRow: number;
  /** Stored columns. */
  readonly columns: number;
}

/** Copies stored rows to where they belong in memory. @param layout - of bits has neither factor nor addend. */
export function placeRows<A extends Float32Array | Uint16Array>(
  stored: StoredRows<A>,
  layout: WeightLayout,
  into: A,
): void {
  const { factor = 1, added = 0 } = layout;
  const { values } = stored;
  if (factor !== 1 || added !== 0) for (let i = 0; i < values.length; i++) values[i] = (values[i]! + added) * factor;
  if (layout.isTransposed) placeTurned(stored, layout, into);
  else placeStraight(stored, layout, into);
}

function placeStraight<A extends Float32Array | Uint16Array>(
  { values, firstRow, columns }: StoredRows<A>,
  layout: WeightLayout,
  into: A,
): void {
  const { rowPlaces, columnPlaces, columns: width } = layout;
  for (let start = 0, row = firstRow; start < values.length; start += columns, row++) {
    const to = (rowPlaces?.[row] ?? row) * width;
    if (columnPlaces === undefined) into.set(values.subarray(start, start + columns), to);
    else for (let column = 0; column < columns; column++) into[to + columnPlaces[column]!] = values[start + column]!;
  }
}

function placeTurned<A extends Float32Array | Uint16Array>(
  { values, firstRow, columns }: StoredRows<A>,
  layout: WeightLayout,
  into: A,
): void {
  const { rowPlaces, columnPlaces, columns: width } = layout;
  for (let start = 0, column = firstRow; start < values.length; start += columns, column++) {
    const to = columnPlaces?.[column] ?? column;
    for (let row = 0; row < columns; row++) into[(rowPlaces?.[row] ?? row) * width + to] = values[start + row]!;
  }
}
