import { addNorm, type NormInputs, type NormSettings } from "./norm-graph.ts";
import type { GraphBuilder } from "./onnx/graph-builder.ts";

/** The residual stream of a graph under construction: a sum whose last term is added only when it is next needed. */
export interface ResidualStream {
  /** Adds a term. */
  add(value: string): void;
  /**
   * Returns the norm of the sum; one fused operation adds the pending term and norms.
   *
   * @param names - what the norm and the sum are called; a term must be pending where the sum is given a name.
   * @default names made from the weight's
   */
  norm(inputs: NormInputs, names?: { readonly norm?: string | undefined; readonly sum?: string | undefined }): string;
  /** Returns the sum. @param name - a term must be pending where one is given. @default a name of the builder's choice */
  value(name?: string): string;
  /** Keeps only what `rows` [N] of the flattened [B·T, C] stream name. No term may be pending. */
  choose(rows: string): void;
  /** Writes the sum as a value of the given name. */
  finish(name: string): void;
}

/** Operations that add, norm, and hand out the sum too. */
const FUSED = { rms: "SkipSimplifiedLayerNormalization", layer: "SkipLayerNormalization" } as const;

/**
 * Starts a stream.
 *
 * @param start - the first term, [B, T, C].
 */
export function createResidualStream(g: GraphBuilder, start: string, settings: NormSettings): ResidualStream {
  const { kind, epsilon } = settings;
  let sum = start;
  let pending: string | undefined;
  return {
    add(value) {
      pending = pending === undefined ? value : g.node("Add", [pending, value]);
    },
    norm(inputs, names = {}) {
      const { weight, bias } = inputs;
      const { norm: name = `normed_by_${weight}`, sum: newSum = `sum_before_${weight}` } = names;
      if (pending === undefined) return addNorm(g, sum, inputs, settings, name);
      g.node(FUSED[kind], [sum, pending, weight, ...(bias === undefined ? [] : [bias])], {
        set: "microsoft",
        attributes: { epsilon: { float: epsilon } },
        outputs: [name, "", "", newSum],
      });
      sum = newSum;
      pending = undefined;
      return name;
    },
    value(name) {
      if (pending !== undefined) sum = g.node("Add", [sum, pending], name === undefined ? {} : { outputs: [name] });
      pending = undefined;
      return sum;
    },
    choose(rows) {
      sum = chooseRows(g, sum, rows);
    },
    finish(name) {
      if (pending === undefined) g.node("Identity", [sum], { outputs: [name] });
      else g.node("Add", [sum, pending], { outputs: [name] });
    },
  };
}

/** Picks rows [N] of a value [B, T, width], seen as [B·T, width]. */
export function chooseRows(g: GraphBuilder, value: string, rows: string): string {
  return g.node("Gather", [g.node("Flatten", [value], { attributes: { axis: { int: 2 } } }), rows]);
}
