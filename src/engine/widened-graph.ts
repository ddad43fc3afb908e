/** Graphs whose matrices are 16-bit floats in memory, and are widened where they are used. */

import type { HalfType } from "./matrix-type.ts";
import type { Graph, GraphNode } from "./onnx/encode-model.ts";
import { createGraphBuilder, type GraphBuilder } from "./onnx/graph-builder.ts";

/** Which inputs of a graph are 16-bit floats. */
export interface WidenedInputs {
  readonly type: HalfType;
  /** Whether an input is one; they are handed over as uint16, for lack of a tensor type. */
  isHeld(input: string): boolean;
  /** Rows of inputs [rows, columns] that are widened piece by piece, and rows of a piece. */
  readonly pieces: ReadonlyMap<string, { readonly rows: number; readonly pieceRows: number }>;
}

/** ONNX' numbers of the types. */
const CODES = { F32: 1, F16: 10, BF16: 16 } as const;
/** The first version that has BitCast. */
const ONNX_VERSION = 26;

/**
 * Rewrites a graph so that it takes some of its inputs as 16-bit floats. Each is widened right before the operation that
 * needs it, so that one is in memory at a time; of a table, only the rows that are looked up.
 */
export function widenInputs(graph: Graph, held: WidenedInputs): Graph {
  const g = createGraphBuilder(graph.name);
  for (const { name, type, dims } of graph.inputs) g.input(name, held.isHeld(name) ? "uint16" : type, dims);
  const ranks = new Map(graph.inputs.map(({ name, dims }) => [name, dims.length]));
  for (const node of graph.nodes) addWidened(g, node, held, (input) => ranks.get(input)!);
  return { ...graph, nodes: g.graph().nodes, inputs: g.graph().inputs, onnxVersion: ONNX_VERSION };
}

function addWidened(g: GraphBuilder, node: GraphNode, held: WidenedInputs, rankOf: (input: string) => number): void {
  const matrix = node.inputs.find((input) => held.isHeld(input));
  if (matrix === undefined) copyNode(g, node, node.inputs);
  else if (node.operator === "Gather") addLookup(g, node, held);
  else if (held.pieces.has(matrix)) addPieces(g, node, matrix, held);
  else {
    const value = node.inputs[0]!;
    const late = (input: string): string => widen(g, waitFor(g, value, { name: input, rank: rankOf(input) }), held);
    copyNode(
      g,
      node,
      node.inputs.map((input) => (held.isHeld(input) ? late(input) : input)),
    );
  }
}

/** Values that the builder names get new names, for operations are more than before. */
function copyNode(g: GraphBuilder, { operator, set, attributes, outputs }: GraphNode, inputs: readonly string[]): void {
  g.node(operator, inputs, { set, attributes, outputs });
}

function widen(g: GraphBuilder, bits: string, { type }: WidenedInputs, outputs?: readonly string[]): string {
  const name = `${bits} as ${type} ${g.graph().nodes.length}`;
  const narrow = g.node("BitCast", [bits], { attributes: { to: { int: CODES[type] } }, outputs: [name] });
  return g.node("Cast", [narrow], { attributes: { to: { int: CODES.F32 } }, outputs: outputs ?? [`${name} as F32`] });
}

/**
 * Returns a matrix once a value is there. The runtime would widen all matrices before it does anything else, since they
 * wait for nothing; so the shape that the matrix is given, which is its own, is computed from the value's.
 */
function waitFor(g: GraphBuilder, value: string, { name, rank }: { name: string; rank: number }): string {
  const unique = (what: string): readonly string[] => [`${what} of ${name} ${g.graph().nodes.length}`];
  const integers = (ints: readonly number[]): string =>
    g.node("Constant", [], { attributes: { value_ints: { ints } }, outputs: unique("numbers") });
  const size = g.node("Shape", [value], { attributes: { end: { int: 1 } }, outputs: unique("size before") });
  const zero = g.node("Mul", [size, integers([0])], { outputs: unique("zero") });
  const own = integers([...Array.from({ length: rank - 1 }, () => 0), -1]);
  return g.node("Reshape", [name, g.node("Add", [own, zero], { outputs: unique("shape") })], {
    outputs: unique("late"),
  });
}

function addLookup(g: GraphBuilder, node: GraphNode, held: WidenedInputs): void {
  const rows = g.node("Gather", node.inputs, { attributes: node.attributes, outputs: [`${node.outputs[0]} bits`] });
  widen(g, rows, held, node.outputs);
}

function addPieces(g: GraphBuilder, node: GraphNode, matrix: string, held: WidenedInputs): void {
  const { rows, pieceRows } = held.pieces.get(matrix)!;
  const { operator, set, attributes, inputs } = node;
  const unique = (what: string): readonly string[] => [`${what} of ${matrix} ${g.graph().nodes.length}`];
  const integer = (value: number): string =>
    g.node("Constant", [], { attributes: { value_ints: { ints: [value] } }, outputs: unique("number") });
  const products: string[] = [];
  for (let begin = 0; begin < rows; begin += pieceRows) {
    const ends = [begin, Math.min(rows, begin + pieceRows), 0].map(integer);
    const before = products.at(-1) ?? inputs[0]!;
    const late = waitFor(g, before, { name: matrix, rank: 2 });
    const piece = widen(g, g.node("Slice", [late, ...ends], { outputs: unique("piece") }), held);
    const operands = inputs.map((input) => (input === matrix ? piece : input));
    products.push(g.node(operator, operands, { set, attributes, outputs: unique("product") }));
  }
  g.node("Concat", products, { attributes: { axis: { int: -1 } }, outputs: node.outputs });
}
