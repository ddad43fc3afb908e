import type {
  Attribute,
  ElementType,
  Graph,
  GraphNode,
  GraphSequence,
  GraphValue,
  OperatorSet,
} from "./encode-model.ts";

/** What an operation is besides its operator and inputs. */
export interface NodeOptions {
  /** @default "onnx" */
  readonly set?: OperatorSet;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Names of the outputs; "" leaves an optional one out. @default one output with a name of the builder's choice */
  readonly outputs?: readonly string[];
}

/** Writes a graph down, operation by operation. Values are handled by their names. */
export interface GraphBuilder {
  /** Declares an input and returns its name. */
  input(name: string, type: ElementType, dims: readonly (number | string)[]): string;
  /** Adds an operation and returns the name of its first output. */
  node(operator: string, inputs: readonly string[], options?: NodeOptions): string;
  /** Declares that a value, under its name, is an output of the graph. */
  output(name: string, type: ElementType, dims: readonly (number | string)[]): void;
  /** Declares that a value, under its name, is an output that is a list of tensors. */
  outputSequence(name: string, sequenceOf: ElementType): void;
  /** Returns what was written so far. */
  graph(): Graph;
}

/** Starts an empty graph. */
export function createGraphBuilder(name: string): GraphBuilder {
  const nodes: GraphNode[] = [];
  const inputs: GraphValue[] = [];
  const outputs: (GraphValue | GraphSequence)[] = [];
  return {
    input(input, type, dims) {
      inputs.push({ name: input, type, dims });
      return input;
    },
    node(operator, operands, { set = "onnx", attributes = {}, outputs: names = [`value_${nodes.length}`] } = {}) {
      nodes.push({ operator, set, inputs: operands, outputs: names, attributes });
      return names[0]!;
    },
    output: (output, type, dims) => void outputs.push({ name: output, type, dims }),
    outputSequence: (output, sequenceOf) => void outputs.push({ name: output, sequenceOf }),
    graph: () => ({ name, nodes, inputs, outputs }),
  };
}
