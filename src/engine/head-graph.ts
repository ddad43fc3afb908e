import type { BlockDesign } from "../arch/decoder.ts";
import { multiply } from "./linear-graph.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";
import { addCap, addScale } from "./onnx/scalar-nodes.ts";

/** What a head is, beside its matrix. */
export type HeadSettings = Pick<BlockDesign<boolean>, "biases" | "logitScale" | "logitCap">;

/**
 * Turns hidden states into logits: inputs `head` [V, C] and, if there is one, `head_bias` [V].
 *
 * @param hidden - [N, C] after the final norm.
 * @param name - of the result [N, V]; a name of the builder's choice if left out.
 */
export function addHead(
  g: GraphBuilder,
  hidden: string,
  { biases, logitScale, logitCap }: HeadSettings,
  name?: string,
): string {
  const steps: ((value: string, output?: string) => string)[] = [
    (value, output) => multiply(g, value, g.input("head", "float32", ["V", "C"]), output),
  ];
  const named = (output: string | undefined) => (output === undefined ? {} : { outputs: [output] });
  if (biases.head)
    steps.push((value, output) => g.node("Add", [value, g.input("head_bias", "float32", ["V"])], named(output)));
  if (logitScale !== 1) steps.push((value, output) => addScale(g, value, logitScale, output));
  if (logitCap !== undefined) steps.push((value, output) => addCap(g, value, logitCap, output));
  return steps.reduce((value, step, i) => step(value, i === steps.length - 1 ? name : undefined), hidden);
}
