import type { GraphBuilder } from "./onnx/graph-builder.ts";

/** Multiplies [.., in] by the transpose of [out, in]. */
export function multiply(g: GraphBuilder, value: string, weight: string, output?: string): string {
  return g.node("FusedMatMul", [value, weight], {
    set: "microsoft",
    attributes: { transB: { int: 1 } },
    ...(output === undefined ? {} : { outputs: [output] }),
  });
}

/** A linear map of a layer: the inputs `name.l` and, if it has one, `name_bias.l`. */
export interface LinearInput {
  readonly name: string;
  readonly layer: number;
  /** Names of the sizes [out, in]. Equal names are equal sizes: the runtime reuses buffers by them. */
  readonly dims: readonly [string, string];
  readonly hasBias: boolean;
}

/** Applies a linear map, and declares its inputs. */
export function addLinear(g: GraphBuilder, value: string, { name, layer, dims, hasBias }: LinearInput): string {
  const product = multiply(g, value, g.input(`${name}.${layer}`, "float32", dims));
  return hasBias ? g.node("Add", [product, g.input(`${name}_bias.${layer}`, "float32", [dims[0]])]) : product;
}
