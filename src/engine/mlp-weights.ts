import type { Tensor } from "onnxruntime-node";
import type { DecoderModules, ExpertDesign, ExpertModules } from "../arch/decoder.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { type LinearPlan, linearWeight, takeBias } from "./module-weights.ts";
import type { Tensors } from "./runtime.ts";
import type { WeightMemory } from "./weight-memory.ts";

/**
 * Takes `gate`, `up` [F, C], `down` [C, F] and their biases; or `router` [E, C], `expert_gate_up` [E, 2·F, C],
 * `expert_down` [E, C, F] and what all tokens share.
 *
 * @param modules - of layer `l`.
 */
export function takeMlp(memory: WeightMemory, shape: DecoderShape, modules: DecoderModules, l: number): Tensors {
  const { experts, layerDesigns } = shape;
  if (layerDesigns[l]!.isSparse && experts !== undefined && modules.experts !== undefined)
    return takeExperts(memory, shape.width, modules.experts, experts);
  return takeDense(memory, shape, modules);
}

function takeDense(memory: WeightMemory, shape: DecoderShape, modules: DecoderModules): Tensors {
  const { width: C, feedForward: F, block } = shape;
  const take = (module: string, out: number, inner: number): Tensor =>
    memory.takeLinear([linearWeight({ module, out, inner }, block.isTransposed)], [out, inner]);
  const { gateUp, gate, up, down } = modules;
  const tensors: Tensors =
    gateUp === undefined
      ? { ...(gate === undefined ? {} : { gate: take(gate, F, C) }), up: take(up!, F, C) }
      : { gate: takeHalf(memory, gateUp, [0, F], C), up: takeHalf(memory, gateUp, [F, 2 * F], C) };
  return { ...tensors, down: take(down!, C, F), ...(block.biases.mlp ? takeBiases(memory, shape, modules) : {}) };
}

/** Some of the rows of a matrix [2·F, C]. */
function takeHalf(memory: WeightMemory, module: string, rows: readonly [number, number], C: number): Tensor {
  const F = rows[1] - rows[0];
  return memory.takeLinear([{ name: `${module}.weight`, shape: [2 * F, C], rows }], [F, C]);
}

function takeBiases(
  memory: WeightMemory,
  { width: C, feedForward: F }: DecoderShape,
  modules: DecoderModules,
): Tensors {
  const { gate, up, down } = modules;
  return {
    ...(gate === undefined ? {} : { gate_bias: takeBias(memory, gate, F) }),
    up_bias: takeBias(memory, up!, F),
    down_bias: takeBias(memory, down!, C),
  };
}

function takeExperts(memory: WeightMemory, C: number, modules: ExpertModules, design: ExpertDesign): Tensors {
  const { count: E, feedForward: F, sharedFeedForward: S } = design;
  const take = (module: string, out: number, inner: number): Tensor =>
    memory.takeMatrix([linearWeight({ module, out, inner }, false)], [out, inner]);
  const layout = { rows: E * 2 * F, columns: C, rowPlaces: interleavedRows(E, F) };
  const { router, gateUp, down, shared } = modules;
  return {
    router: take(router, E, C),
    expert_gate_up: memory.takeMatrix([{ name: gateUp, shape: [E, 2 * F, C], layout }], [E, 2 * F, C]),
    expert_down: memory.takeMatrix([{ name: down, shape: [E, C, F] }], [E, C, F]),
    ...(shared === undefined || S === 0
      ? {}
      : {
          gate: takeLinear(memory, { module: shared.gate, out: S, inner: C }),
          up: takeLinear(memory, { module: shared.up, out: S, inner: C }),
          down: takeLinear(memory, { module: shared.down, out: C, inner: S }),
          shared_weight: take(shared.weight, 1, C),
        }),
  };
}

function takeLinear(memory: WeightMemory, plan: LinearPlan): Tensor {
  return memory.takeLinear([linearWeight(plan, false)], [plan.out, plan.inner]);
}

/** The operator takes each row of the gate before its row of up; stored are all of the gate, then all of up. */
function interleavedRows(E: number, F: number): Int32Array {
  return Int32Array.from({ length: E * 2 * F }, (_, row) => {
    const [expert, own] = [Math.floor(row / (2 * F)), row % (2 * F)];
    return expert * 2 * F + (own < F ? 2 * own : 2 * (own - F) + 1);
  });
}
