import type { Tensor } from "onnxruntime-node";
import type { Batch } from "./batch.ts";
import { createLayerRunner, type LayerParts } from "./layer-runner.ts";
import { turningAt } from "./rope.ts";
import { type LayerReuse, runShared } from "./shared-layers.ts";
import { splitByTurning } from "./turning-groups.ts";

/** What goes on between the layers of a model, for one sequence; the caller's own. */
export interface Trace {
  /** [L + 1] of [T, C]: the embedding, then what comes after each layer, the last one after the final norm. */
  readonly hiddens: readonly Float32Array[];
  /** [L] of [H, T, T]: how much each position takes from each; the shares of one position add up to 1. */
  readonly attentions: readonly Float32Array[];
}

/** The layers of a model, ready to run. Results are overwritten by the next call, and calls must not overlap. */
export interface Trunk {
  /** @returns [N, V] @throws engine/run_failed */
  logits(batch: Batch): Promise<Float32Array>;
  /** @returns [N, C] hidden states after the final norm. @throws engine/run_failed */
  rows(batch: Batch): Promise<Float32Array>;
  /**
   * Runs one sequence layer by layer, through cache slot 0, whose positions must be no more than the sequence's.
   *
   * @param showsAttention - whether `attentions` is wanted; else it is empty.
   * @throws engine/run_failed
   */
  trace(ids: Int32Array, showsAttention: boolean): Promise<Trace>;
  /**
   * Runs one sequence layer by layer, through cache slot 0, and multiplies what each layer reads: a path as its
   * definition has it, against which its folded form is checked.
   *
   * @param scales - [L]
   * @returns [T, V], the caller's own. @throws engine/run_failed
   */
  scaledLogits(ids: Int32Array, scales: readonly number[]): Promise<Float32Array>;
  /** Gives the sessions back. */
  [Symbol.dispose](): void;
}

/** Puts the layers of a model together. @param reuse - for reading prompts. @default everything is computed */
export function createTrunk(parts: LayerParts, reuse?: LayerReuse): Trunk {
  const { runtime, shape, cache } = parts;
  const { width: C, vocabulary: V, layers: L, heads: H } = shape;
  const runner = createLayerRunner(parts);
  let results = new Float32Array(0);

  const run = async (batch: Batch, result: "rows" | "logits", into: Tensor): Promise<void> => {
    const { ids, last, slot, rows, before } = batch;
    if (reuse !== undefined && before !== undefined && ids.length >= reuse.leastTokens) {
      await runShared({ runtime, runner, cache, reuse, width: C }, batch, { result, into });
      return;
    }
    const B = last.length;
    const input = { ids: new runtime.Tensor("int32", ids, [B, ids.length / B]) };
    await runner.run({ firstLayer: 0, layers: L, input, last, slot, result, rows, into });
  };
  const runAll = async (batch: Batch, result: "rows" | "logits"): Promise<Float32Array> => {
    const [N, width] = [batch.rows.length, result === "rows" ? C : V];
    if (results.length < N * width) results = new Float32Array(N * width);
    const arePrompts = batch.before?.length === 0;
    let done = 0;
    for (const part of arePrompts ? splitByTurning(batch, (length) => turningAt(shape.ropes, length)) : [batch]) {
      const end = done + part.rows.length;
      const out = results.subarray(done * width, end * width);
      await run(part, result, new runtime.Tensor("float32", out, [part.rows.length, width]));
      done = end;
    }
    return results.subarray(0, N * width);
  };
  return {
    logits: (batch) => runAll(batch, "logits"),
    rows: (batch) => runAll(batch, "rows"),
    async trace(ids, showsAttention) {
      const T = ids.length;
      const last = Int32Array.of(T - 1);
      const embedded = new Float32Array(T * C);
      const input = { ids: new runtime.Tensor("int32", ids, [1, T]) };
      const into = new runtime.Tensor("float32", embedded, [1, T, C]);
      await runner.run({ firstLayer: 0, layers: 0, input, last, slot: 0, result: "hidden", into });
      const states = [embedded];
      const attentions: Float32Array[] = [];
      for (let l = 0; l < L; l++) {
        const out = new Float32Array(T * C);
        const input = { hidden: new runtime.Tensor("float32", states[l]!, [1, T, C]) };
        const result =
          l < L - 1
            ? { result: "hidden" as const, into: new runtime.Tensor("float32", out, [1, T, C]) }
            : {
                result: "rows" as const,
                rows: Int32Array.from(ids.keys()),
                into: new runtime.Tensor("float32", out, [T, C]),
              };
        const shown: { attentions?: readonly [InstanceType<typeof runtime.Tensor>] } = {};
        if (showsAttention) {
          attentions.push(new Float32Array(H * T * T));
          shown.attentions = [new runtime.Tensor("float32", attentions[l]!, [1, H, T, T])];
        }
        await runner.run({ firstLayer: l, layers: 1, input, last, slot: 0, ...result, ...shown });
        states.push(out);
      }
      return { hiddens: states, attentions };
    },
    async scaledLogits(ids, scales) {
      const T = ids.length;
      const last = Int32Array.of(T - 1);
      const state = new Float32Array(T * C);
      const logits = new Float32Array(T * V);
      const hidden = (): InstanceType<typeof runtime.Tensor> => new runtime.Tensor("float32", state, [1, T, C]);
      const input = { ids: new runtime.Tensor("int32", ids, [1, T]) };
      await runner.run({ firstLayer: 0, layers: 0, input, last, slot: 0, result: "hidden", into: hidden() });
      for (let l = 0; l < L; l++) {
        const scaled = state.map((x) => x * scales[l]!);
        const input = { hidden: new runtime.Tensor("float32", scaled, [1, T, C]) };
        const result =
          l < L - 1
            ? { result: "hidden" as const, into: hidden() }
            : {
                result: "logits" as const,
                rows: Int32Array.from(ids.keys()),
                into: new runtime.Tensor("float32", logits, [T, V]),
              };
        await runner.run({ firstLayer: l, layers: 1, input, last, slot: 0, ...result });
      }
      return logits;
    },
    [Symbol.dispose]: () => runner[Symbol.dispose](),
  };
}
