import type { LayerDesign } from "../arch/decoder.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";
import { addIntegers } from "./onnx/scalar-nodes.ts";

/** Which inputs tell a run of layers where its sequences stand. */
export interface PositionNeeds {
  /** Indices of the rotations. */
  readonly ropes: readonly number[];
  /** Whether the place of each position is asked: `position_ids`. */
  readonly ids: boolean;
  readonly alibi: boolean;
}

/** Tells what some layers need. @param source - whether embeddings come first. */
export function positionNeeds(
  { ropes, block }: DecoderShape,
  layers: readonly LayerDesign[],
  source: "ids" | "hidden" | "layer",
): PositionNeeds {
  const used = new Set(layers.flatMap(({ rope }) => (rope === undefined ? [] : [rope])));
  const isLong = [...used].some((rope) => ropes[rope]!.long !== undefined);
  return {
    ropes: [...used].toSorted((a, b) => a - b),
    ids: isLong || (source === "ids" && block.positions === "learned"),
    alibi: layers.length > 0 && block.positions.endsWith("alibi"),
  };
}

/** Names of what attention asks about positions. */
export interface PositionInputs {
  readonly last: string;
  readonly total: string;
  /** By the index of the rotation. */
  readonly turns: ReadonlyMap<number, { readonly cos: string; readonly sin: string }>;
  /** [B, T]; "" if not needed. */
  readonly ids: string;
  /** [1, H, T, S]; "" if there is none. */
  readonly bias: string;
}

/** Declares the inputs about positions. @returns what gives them to the layers, once the source [B, T, ..] is there. */
export function addPositions(g: GraphBuilder, needs: PositionNeeds): (source: string) => PositionInputs {
  const last = g.input("last", "int32", ["B"]);
  const total = g.input("total", "int32", [1]);
  const turns = new Map(
    needs.ropes.map((rope) => {
      const table = (name: string): string => g.input(`${name}.${rope}`, "float32", [`P${rope}`, "R"]);
      return [rope, { cos: table("cos"), sin: table("sin") }];
    }),
  );
  const ids = needs.ids ? g.input("position_ids", "int64", ["B", "T"]) : "";
  return (source: string): PositionInputs => ({
    last,
    total,
    turns,
    ids,
    bias: needs.alibi ? addAlibi(g, total, source) : "",
  });
}

/** Cuts the table to the positions that there are, and repeats it for every query. */
function addAlibi(g: GraphBuilder, total: string, source: string): string {
  const table = g.input("alibi", "float32", [1, "H", 1, "P"]);
  const end = g.node("Cast", [total], { attributes: { to: { int: 7 } } });
  const cut = g.node("Slice", [table, addIntegers(g, [0]), end, addIntegers(g, [3])]);
  const T = g.node("Shape", [source], { attributes: { start: { int: 1 }, end: { int: 2 } } });
  const dims = g.node("Concat", [addIntegers(g, [1, 1]), T, addIntegers(g, [1])], { attributes: { axis: { int: 0 } } });
  return g.node("Expand", [cut, dims]);
}
