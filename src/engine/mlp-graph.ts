import type { Activation } from "../arch/decoder.ts";
import type { LayerPlace } from "./attention-graph.ts";
import { addLinear, multiply } from "./linear-graph.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";
import { addIntegers } from "./onnx/scalar-nodes.ts";

/**
 * Adds the MLP of a layer: inputs `gate.l`, `up.l`, `down.l` and their biases, or `router.l`, `expert_gate_up.l`,
 * `expert_down.l`, and `shared_weight.l` with the MLP that all tokens share.
 *
 * @param normed - [.., C]
 */
export function addMlp(g: GraphBuilder, place: LayerPlace, normed: string): string {
  const { shape, design } = place;
  if (!design.isSparse) return addDense(g, place, normed, "F");
  const mixed = addExperts(g, place, normed);
  if (shape.modules.experts?.shared === undefined || shape.experts!.sharedFeedForward === 0) return mixed;
  const dims = ["one", "C"] as const;
  const opened = addLinear(g, normed, { name: "shared_weight", layer: place.layer, dims, hasBias: false });
  const shared = addDense(g, place, normed, "S");
  return g.node("Add", [mixed, g.node("Mul", [shared, g.node("Sigmoid", [opened])])]);
}

/** @param width - name of the size of what is inside. */
function addDense(g: GraphBuilder, { shape, layer }: LayerPlace, normed: string, width: "F" | "S"): string {
  const { modules, block, activation } = shape;
  const hasBias = block.biases.mlp && width === "F";
  const inner = (name: string): string => addLinear(g, normed, { name, layer, dims: [width, "C"], hasBias });
  const isGated = width === "S" || modules.gate !== undefined || modules.gateUp !== undefined;
  const value = isGated
    ? g.node("Mul", [addActivation(g, inner("gate"), activation), inner("up")])
    : addActivation(g, inner("up"), activation);
  return addLinear(g, value, { name: "down", layer, dims: ["C", width], hasBias });
}

function addActivation(g: GraphBuilder, value: string, activation: Activation): string {
  const contributed = (operator: string, alpha?: number): string =>
    g.node(operator, [value], {
      set: "microsoft",
      attributes: alpha === undefined ? {} : { alpha: { float: alpha } },
    });
  switch (activation) {
    case "silu":
      return contributed("QuickGelu", 1);
    case "quick_gelu":
      return contributed("QuickGelu", 1.702);
    case "gelu":
      return contributed("Gelu");
    case "tanh_gelu":
      return contributed("FastGelu");
    case "relu":
      return g.node("Relu", [value]);
    case "relu2": {
      const positive = g.node("Relu", [value]);
      return g.node("Mul", [positive, positive]);
    }
  }
}

/**
 * Each token goes through the experts whose router logits are largest; their results are weighed by softmax.
 *
 * The operator always makes the weights of the chosen sum to 1: without that it returns zeros where its input's memory
 * becomes its output's. Where they must not, the result is multiplied by their sum.
 */
function addExperts(g: GraphBuilder, { shape, layer }: LayerPlace, normed: string): string {
  const { count: E, perToken, normalizes } = shape.experts!;
  const logits = multiply(g, normed, g.input(`router.${layer}`, "float32", ["E", "C"]));
  const rows = g.node("Reshape", [logits, addIntegers(g, [-1, E])]);
  const gateUp = g.input(`expert_gate_up.${layer}`, "float32", ["E", "M2", "C"]);
  const down = g.input(`expert_down.${layer}`, "float32", ["E", "C", "M"]);
  const mixed = g.node("MoE", [normed, rows, gateUp, "", down], {
    set: "microsoft",
    attributes: {
      k: { int: perToken },
      normalize_routing_weights: { int: 1 },
      activation_type: { text: "swiglu" },
      swiglu_fusion: { int: 1 },
      activation_alpha: { float: 1 },
      activation_beta: { float: 0 },
    },
  });
  return normalizes ? mixed : g.node("Mul", [mixed, addChosenShare(g, logits, perToken)]);
}

/** The probability of the chosen experts together, [.., 1]. */
function addChosenShare(g: GraphBuilder, logits: string, perToken: number): string {
  const last = { axis: { int: -1 } };
  const all = g.node("Softmax", [logits], { attributes: last });
  const chosen = g.node("TopK", [all, addIntegers(g, [perToken])], {
    attributes: last,
    outputs: [`chosen_of_${logits}`, `places_of_${logits}`],
  });
  return g.node("ReduceSum", [chosen, addIntegers(g, [-1])]);
}
