/** Graphs that hold matrices of few bits themselves: given as inputs, the runtime would unpack them at each call. */

import { QUANTISED_BLOCK, type QuantisedMatrix } from "./block-quantisation.ts";
import type { Attribute, Graph, GraphConstant, GraphNode } from "./onnx/encode-model.ts";

/** The runtime may round what is multiplied to 8 bits, by blocks as well; without that it is no faster than float32. */
const EIGHT_BIT_VALUES: Attribute = { int: 4 };

/** Rewrites a graph so that some of the inputs that it multiplies by are matrices of few bits that it holds. */
export function quantiseProducts(graph: Graph, matrices: ReadonlyMap<string, QuantisedMatrix>): Graph {
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !matrices.has(name)),
    nodes: graph.nodes.map((node) => quantiseNode(node, matrices)),
    constants: graph.inputs.flatMap(({ name }) => {
      const matrix = matrices.get(name);
      return matrix === undefined ? [] : constantsOf(name, matrix);
    }),
  };
}

function quantiseNode(node: GraphNode, matrices: ReadonlyMap<string, QuantisedMatrix>): GraphNode {
  const [value = "", name = ""] = node.inputs;
  const matrix = matrices.get(name);
  if (matrix === undefined) return node;
  const { bits, rows, columns } = matrix;
  return {
    ...node,
    operator: "MatMulNBits",
    inputs: [value, codesName(name), scalesName(name)],
    attributes: {
      N: { int: rows },
      K: { int: columns },
      bits: { int: bits },
      block_size: { int: QUANTISED_BLOCK },
      accuracy_level: EIGHT_BIT_VALUES,
    },
  };
}

function constantsOf(name: string, { rows, codes, scales }: QuantisedMatrix): readonly GraphConstant[] {
  const blocks = scales.length / rows;
  return [
    { name: codesName(name), type: "uint8", dims: [rows, blocks, codes.length / scales.length], data: codes },
    { name: scalesName(name), type: "float32", dims: [scales.length], data: scales },
  ];
}

const codesName = (name: string): string => `${name} codes`;
const scalesName = (name: string): string => `${name} scales`;
