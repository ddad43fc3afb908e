import { addHead, type HeadSettings } from "./head-graph.ts";
import type { Graph } from "./onnx/encode-model.ts";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { addRunEnd } from "./run-end.ts";

/**
 * Writes the graph that turns hidden states into what scoring needs, so that logits of a large vocabulary never leave
 * the runtime.
 *
 * Inputs: `hidden` [N, C] after the final norm, those of the head, `targets` [N, 1]. Outputs: `logprobs` [N, 1],
 * natural log-probability of each target; `best` [N], the most probable token, the first one of equals.
 */
export function scoreGraph(settings: HeadSettings): Graph {
  const g = createGraphBuilder("score");
  const hidden = g.input("hidden", "float32", ["N", "C"]);
  const targets = g.input("targets", "int32", ["N", "one"]);
  addRunEnd(g, targets);
  const logits = addHead(g, hidden, settings);
  const logprobs = g.node("LogSoftmax", [logits], { attributes: { axis: { int: -1 } } });
  g.node("GatherElements", [logprobs, targets], { attributes: { axis: { int: -1 } }, outputs: ["logprobs"] });
  const largest = { axis: { int: -1 }, keepdims: { int: 0 } };
  g.node("ArgMax", [logits], { attributes: largest, outputs: ["best"] });
  g.output("logprobs", "float32", ["N", "one"]);
  g.output("best", "int64", ["N"]);
  return g.graph();
}
