/**
 * How a run ends before its outputs are copied.
 *
 * All outputs of our graphs are written into memory that we give, the key-value caches among them. After a run
 * onnxruntime-node copies every output once more, into new memory: for the caches that took two fifths of the time of
 * generating. It goes through the outputs in order, and stops with an error at one that is not a tensor. So our graphs
 * have such an output, and have it first; when the error comes, everything has been computed and written. A version
 * that does not raise it would be slower, and as right.
 */

import type { InferenceSession, OnnxValue } from "onnxruntime-node";
import { engineMachineErrors } from "./errors.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";
import type { Tensors } from "./runtime.ts";

const RUN_END = "run_end";
const NOT_A_TENSOR = "Non tensor type";

/**
 * Adds the output that ends a run. Must come before all other outputs.
 *
 * @param input - a small int32 input of the graph.
 */
export function addRunEnd(g: GraphBuilder, input: string): void {
  g.outputSequence(g.node("SequenceConstruct", [input], { outputs: [RUN_END] }), "int32");
}

/**
 * Runs a session of a graph with `addRunEnd`.
 *
 * @param fetches - all other outputs; their memory is overwritten.
 * @param step - what is being done, for errors.
 * @throws engine/run_failed
 */
export async function runSession(
  session: Pick<InferenceSession, "run">,
  feeds: Tensors,
  fetches: Tensors,
  step: string,
): Promise<void> {
  const wanted: Record<string, OnnxValue | null> = { [RUN_END]: null, ...fetches };
  try {
    await session.run(feeds, wanted);
  } catch (cause) {
    const why = (cause as Error).message;
    if (!why.includes(NOT_A_TENSOR)) throw engineMachineErrors.run_failed({ step, why }, cause);
  }
}
