import { tabulateAlibi } from "./alibi.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { paddedHeadWidth } from "./head-layout.ts";
import type { PositionNeeds } from "./position-graph.ts";
import { type RopeTable, tabulateRope } from "./rope.ts";
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
 * it needs. Tables are kept, and grow as longer sequences come.
 */
export function createPositionInputs(
  runtime: Runtime,
  shape: DecoderShape,
): (positions: Positions, needs: PositionNeeds) => Tensors {
  let known = 0;
  let tables: Tensors = {};
  return ({ last, length }, needs) => {
    const total = last.reduce((longest, index) => Math.max(longest, index + 1), 1);
    if (total > known) {
      known = Math.max(total, Math.min(2 * known, shape.contextLength));
      tables = makeTables(runtime, shape, known);
    }
    const names = needs.ropes.flatMap((rope) => [`cos.${rope}`, `sin.${rope}`]).concat(needs.alibi ? ["alibi"] : []);
    const B = last.length;
    return {
      ...Object.fromEntries(names.map((name) => [name, tables[name]!])),
      last: new runtime.Tensor("int32", last, [B]),
      total: new runtime.Tensor("int32", Int32Array.of(total), [1]),
      ...(needs.ids
        ? { position_ids: new runtime.Tensor("int64", positionIds(shape, last, length, known), [B, length]) }
        : {}),
    };
  };
}

function makeTables(runtime: Runtime, shape: DecoderShape, known: number): Tensors {
  const { ropes, heads, headWidth, block } = shape;
  const width = paddedHeadWidth(headWidth) / 2;
  const turns = ropes.flatMap((rope, r) => {
    const short = tabulateRope(rope, known, width);
    const { cos, sin } =
      rope.long === undefined ? short : joinTables(short, tabulateRope({ ...rope, ...rope.long }, known, width));
    const dims = [cos.length / width, width];
    return [
      [`cos.${r}`, new runtime.Tensor("float32", cos, dims)],
      [`sin.${r}`, new runtime.Tensor("float32", sin, dims)],
    ] as const;
  });
  if (!block.positions.endsWith("alibi")) return Object.fromEntries(turns);
  const isRounded = block.positions === "rounded alibi";
  const table = tabulateAlibi({ heads, isRounded, scale: isRounded ? 1 / Math.sqrt(headWidth) : 1 }, known);
  return { alibi: new runtime.Tensor("float32", table, [1, heads, 1, known]) };
}

/** Rows of the second table follow those of the first. */
function joinTables(first: RopeTable, second: RopeTable): RopeTable {
  const join = (a: Float32Array, b: Float32Array): Float32Array => {
    const joined = new Float32Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  };
  return { cos: join(first.cos, second.cos), sin: join(first.sin, second.sin) };
}

/** Places of positions in the tables; long sequences are looked up in the second half, which begins at `known`. */
function positionIds({ ropes }: DecoderShape, last: Int32Array, T: number, known: number): BigInt64Array {
  const ids = new BigInt64Array(last.length * T);
  const beyond = ropes.find(({ long }) => long !== undefined)?.long?.beyond ?? Number.POSITIVE_INFINITY;
  for (const [b, end] of last.entries()) {
    const start = Math.max(0, end - T + 1) + (end + 1 > beyond ? known : 0);
    for (let t = 0; t < T; t++) ids[b * T + t] = BigInt(start + t);
  }
  return ids;
}
