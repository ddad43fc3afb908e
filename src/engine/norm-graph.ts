import type { NormDesign } from "../arch/decoder.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";

/** How norms work. */
export interface NormSettings {
  readonly kind: NormDesign["kind"];
  /** Added to the mean square. */
  readonly epsilon: number;
}

/** A norm's inputs, by name. */
export interface NormInputs {
  readonly weight: string;
  readonly bias?: string;
}

/** Norms the last axis of a value. */
export function addNorm(
  g: GraphBuilder,
  value: string,
  { weight, bias }: NormInputs,
  { kind, epsilon }: NormSettings,
  name: string,
): string {
  const operator = kind === "rms" ? "SimplifiedLayerNormalization" : "LayerNormalization";
  return g.node(operator, [value, weight, ...(bias === undefined ? [] : [bias])], {
    attributes: { epsilon: { float: epsilon }, axis: { int: -1 } },
    outputs: [name],
  });
}

/** Declares a norm's inputs of C channels. */
export function declareNorm(g: GraphBuilder, name: string, hasBias: boolean): NormInputs {
  const declared = (suffix: string): string => g.input(place(name, suffix), "float32", ["C"]);
  return { weight: declared(""), ...(hasBias ? { bias: declared("_bias") } : {}) };
}

/** `attention_norm.3` with the suffix `_bias` is `attention_norm_bias.3`. */
function place(name: string, suffix: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? name + suffix : name.slice(0, dot) + suffix + name.slice(dot);
}
