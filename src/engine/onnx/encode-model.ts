/**
 * The part of the ONNX format that our graphs use, and its bytes.
 *
 * @source https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (field numbers)
 */

import { floatField, integerField, joinBytes, messageField, textField } from "./protobuf.ts";

/** Element types that our graphs pass around. */
export type ElementType = "float32" | "uint8" | "uint16" | "int32" | "int64";

/** An input or output of a graph. A dimension with a name may differ from run to run. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** An output that is a list of tensors. */
export interface GraphSequence {
  readonly name: string;
  readonly sequenceOf: ElementType;
}

/** A setting of an operator; ONNX tells integers from floats. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] };

/** The operator set an operator belongs to: ONNX's own, or ONNX Runtime's contributed operators. */
export type OperatorSet = "onnx" | "microsoft";

/** One operation. An empty name stands for an optional input or output that is left out. */
export interface GraphNode {
  readonly operator: string;
  readonly set: OperatorSet;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A value that a graph holds itself. Its bytes stay outside of the encoded model, at `constantPlace`. */
export interface GraphConstant {
  readonly name: string;
  readonly type: "float32" | "uint8";
  readonly dims: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
}

/** A computation: nodes in an order in which every input is known before it is used. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly (GraphValue | GraphSequence)[];
  /** Version of ONNX's own operators. @default 17 */
  readonly onnxVersion?: number;
  /** @default none */
  readonly constants?: readonly GraphConstant[];
}

const IR_VERSION = 8;
const OPERATOR_SETS: Readonly<Record<OperatorSet, { readonly domain: string; readonly version: number }>> = {
  onnx: { domain: "", version: 17 },
  microsoft: { domain: "com.microsoft", version: 1 },
};
const ELEMENT_CODES: Readonly<Record<ElementType, number>> = { float32: 1, uint8: 2, uint16: 4, int32: 6, int64: 7 };

/** Returns the path by which a session is given the data of a graph's constant. */
export function constantPlace(index: number): string {
  return `constant ${index}`;
}

/** Returns the bytes of an .onnx file that holds the graph, without the data of its constants. */
export function encodeModel(graph: Graph): Uint8Array {
  return joinBytes([
    integerField(1, IR_VERSION),
    textField(2, "merganser"),
    messageField(7, graphFields(graph)),
    ...Object.entries(OPERATOR_SETS).map(([set, { domain, version }]) => {
      const own = set === "onnx" ? (graph.onnxVersion ?? version) : version;
      return messageField(8, [textField(1, domain), integerField(2, own)]);
    }),
  ]);
}

function graphFields({ name, nodes, inputs, outputs, constants = [] }: Graph): Uint8Array[] {
  return [
    ...nodes.map((node, i) => messageField(1, nodeFields(node, `${node.operator}_${i}`))),
    textField(2, name),
    ...constants.map((constant, i) => messageField(5, constantFields(constant, constantPlace(i)))),
    ...inputs.map((value) => messageField(11, valueFields(value))),
    ...outputs.map((value) => messageField(12, valueFields(value))),
  ];
}

function nodeFields({ operator, set, inputs, outputs, attributes }: GraphNode, name: string): Uint8Array[] {
  return [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, operator),
    ...Object.entries(attributes).map(([key, value]) =>
      messageField(5, [textField(1, key), ...attributeFields(value)]),
    ),
    textField(7, OPERATOR_SETS[set].domain),
  ];
}

function attributeFields(value: Attribute): Uint8Array[] {
  if ("float" in value) return [floatField(2, value.float), integerField(20, 1)];
  if ("int" in value) return [integerField(3, value.int), integerField(20, 2)];
  if ("text" in value) return [textField(4, value.text), integerField(20, 3)];
  return [...value.ints.map((one) => integerField(8, one)), integerField(20, 7)];
}

const EXTERNAL = 1;

function constantFields({ name, type, dims, data }: GraphConstant, place: string): Uint8Array[] {
  const entry = (key: string, value: string): Uint8Array => messageField(13, [textField(1, key), textField(2, value)]);
  return [
    ...dims.map((size) => integerField(1, size)),
    integerField(2, ELEMENT_CODES[type]),
    textField(8, name),
    entry("location", place),
    entry("length", String(data.byteLength)),
    integerField(14, EXTERNAL),
  ];
}

function valueFields(value: GraphValue | GraphSequence): Uint8Array[] {
  if (!("sequenceOf" in value))
    return [textField(1, value.name), messageField(2, [tensorType(value.type, value.dims)])];
  const sequence = messageField(4, [messageField(1, [tensorType(value.sequenceOf)])]);
  return [textField(1, value.name), messageField(2, [sequence])];
}

function tensorType(type: ElementType, dims?: GraphValue["dims"]): Uint8Array {
  const element = integerField(1, ELEMENT_CODES[type]);
  const shape = dims?.map((size) =>
    messageField(1, [typeof size === "string" ? textField(2, size) : integerField(1, size)]),
  );
  return messageField(1, shape === undefined ? [element] : [element, messageField(2, shape)]);
}
