import { tabulateAlibi } from "./alibi.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import type { PositionNeeds } from "./position-graph.ts";
import { createRopeTable, fillRopeTable, frequenciesAt, type RopeTable, turningAt } from "./rope.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** Where sequences stand. */
export interface Positions {
  /** [B] index of each sequence's last position. */
  readonly last: Int32Array;
  /** T, positions that each has in this run, padding counted. */
  readonly length: number;
}

/**
 * Returns a function that makes the inputs which tell a trunk where its sequences stand: `last`, `total` and what else
 * it needs. Tables are kept, grow as longer sequences come, and are changed by the next call where long sequences turn
 * at speeds of their own.
 */
export function createPositionInputs(
  runtime: Runtime,
  shape: DecoderShape,
): (positions: Positions, needs: PositionNeeds) => Tensors {
  let tables: Tables = { known: 0, spare: 0, turns: [], tensors: {} };
  return ({ last, length }, needs) => {
    const total = last.reduce((longest, index) => Math.max(longest, index + 1), 1);
    const stretches = needs.ids ? longStretches(shape, last, length) : [];
    if (total > tables.known || stretches.length * length > tables.spare) {
      const context = total > shape.contextLength ? Number.POSITIVE_INFINITY : shape.contextLength;
      const known = total > tables.known ? Math.max(total, Math.min(2 * tables.known, context)) : tables.known;
      tables = makeTables(runtime, shape, known, Math.max(tables.spare, stretches.length * length));
    }
    addLongRows(tables, shape, stretches, length);
    const { known, tensors } = tables;
    const names = needs.ropes.flatMap((rope) => [`cos.${rope}`, `sin.${rope}`]).concat(needs.alibi ? ["alibi"] : []);
    const B = last.length;
    const placeOf = (size: number): number => {
      const long = stretches.findIndex(({ sizes }) => sizes.has(size));
      return long < 0 ? Math.max(0, size - length) : known + long * length;
    };
    return {
      ...Object.fromEntries(names.map((name) => [name, tensors[name]!])),
      last: new runtime.Tensor("int32", last, [B]),
      total: new runtime.Tensor("int32", Int32Array.of(total), [1]),
      ...(needs.ids
        ? { position_ids: new runtime.Tensor("int64", positionIds(last, length, placeOf), [B, length]) }
        : {}),
    };
  };
}

/** What stays from call to call. */
interface Tables {
  /** Positions of short sequences that the tables hold. */
  readonly known: number;
  /** Rows after them, for the positions of long sequences that are read in a run. */
  readonly spare: number;
  /** Of each rotation. */
  readonly turns: readonly RopeTable[];
  readonly tensors: Tensors;
}

function makeTables(runtime: Runtime, shape: DecoderShape, known: number, spare: number): Tables {
  const { ropes, heads, headWidth, block } = shape;
  const width = paddedHeadWidth(headWidth) / 2;
  const turns = ropes.map((rope) => {
    const table = createRopeTable(known + spare, width);
    fillRopeTable(table, rope, { row: 0, position: 0, count: known, width });
    return table;
  });
  const tensors = Object.fromEntries(
    turns.flatMap(({ cos, sin }, r) => [
      [`cos.${r}`, new runtime.Tensor("float32", cos, [known + spare, width])],
      [`sin.${r}`, new runtime.Tensor("float32", sin, [known + spare, width])],
    ]),
  );
  if (!block.positions.endsWith("alibi")) return { known, spare, turns, tensors };
  const isRounded = block.positions === "rounded alibi";
  const table = tabulateAlibi({ heads, isRounded, scale: isRounded ? 1 / Math.sqrt(headWidth) : 1 }, known);
  const alibi = new runtime.Tensor("float32", table, [1, heads, 1, known]);
  return { known, spare, turns, tensors: { alibi } };
}

/** Positions in a row of sequences that turn at other speeds than short ones, and at the same. */
interface LongStretch {
  /** The first position. */
  readonly start: number;
  /** Lengths of the sequences. */
  readonly sizes: ReadonlySet<number>;
}

function longStretches({ ropes }: DecoderShape, last: Int32Array, count: number): readonly LongStretch[] {
  const short = turningAt(ropes, 0);
  const found = new Map<string, { readonly start: number; readonly sizes: Set<number> }>();
  for (const index of last) {
    const turning = turningAt(ropes, index + 1);
    if (turning === short) continue;
    const start = Math.max(0, index + 1 - count);
    const key = `${start} ${turning}`;
    const stretch = found.get(key) ?? { start, sizes: new Set() };
    stretch.sizes.add(index + 1);
    found.set(key, stretch);
  }
  return [...found.values()];
}

/** Writes stretches of `count` positions behind the known ones. */
function addLongRows(
  { known, turns }: Tables,
  { ropes, headWidth }: DecoderShape,
  stretches: readonly LongStretch[],
  count: number,
): void {
  const width = paddedHeadWidth(headWidth) / 2;
  for (const [i, { start, sizes }] of stretches.entries()) {
    const rows = { row: known + i * count, position: start, count, width };
    const [length = 0] = sizes;
    for (const [r, rope] of ropes.entries())
      fillRopeTable(turns[r]!, { scale: rope.scale, frequencies: frequenciesAt(rope, length) }, rows);
  }
}

/**
 * For whole prompts, the operator looks at the first of all and counts from there.
 *
 * @param placeOf - row of the tables where the positions of a sequence of a length begin.
 */
function positionIds(last: Int32Array, T: number, placeOf: (length: number) => number): BigInt64Array {
  const ids = new BigInt64Array(last.length * T);
  for (const [b, end] of last.entries()) {
    const start = placeOf(end + 1);
    for (let t = 0; t < T; t++) ids[b * T + t] = BigInt(start + t);
  }
  return ids;
}
