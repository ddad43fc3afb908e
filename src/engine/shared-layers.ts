/** Reads prompts layer by layer, from where an earlier model with the same first layers is known to have come. */

import type { Batch } from "./batch.ts";
import type { AttendedState, HopState, HopStates } from "./hop-states.ts";
import type { KvCache, LayerCache } from "./kv-cache.ts";
import type { LayerRun, LayerRunner } from "./layer-runner.ts";
import type { Runtime } from "./runtime.ts";

/** What earlier models left, and what the loaded one has in common with them. */
export interface LayerReuse {
  readonly states: HopStates;
  /** Of the loaded model. */
  readonly hops: () => readonly string[];
  /** How many of its first layers are worth keeping the states of. */
  readonly shared: () => number;
  /** Fewer tokens are read in one go: runs of single layers would cost more than they save. */
  readonly leastTokens: number;
}

/** What reading takes. */
export interface SharedLayersParts {
  readonly runtime: Runtime;
  readonly runner: LayerRunner;
  readonly cache: KvCache;
  readonly reuse: LayerReuse;
  /** C */
  readonly width: number;
}

/** What is wanted of the positions chosen by `Batch.rows`. */
export type WantedRows = Pick<LayerRun, "into"> & { readonly result: "rows" | "logits" };

/** Layers that run together where states are kept: the most that fit. Each number is a graph of its own, and longer runs are hardly faster. */
const RUN_LAYERS = [4, 2, 1];

/**
 * Reads whole prompts, or a piece of one. Each layer gets the very numbers that it would get if all ran in one go, so the result
 * is the same to the last bit, whatever was found. States are kept of the layers that other models begin with, too; the others run
 * together, with the last one, which runs always: it computes only what is wanted.
 *
 * @throws engine/run_failed
 */
export async function runShared(parts: SharedLayersParts, batch: Batch, wanted: WantedRows): Promise<void> {
  const { runtime, runner, cache, reuse, width: C } = parts;
  const { ids, last, slot, rows, before = [], isEnd = false } = batch;
  const B = last.length;
  const T = ids.length / B;
  const hops = reuse.hops();
  const inner = hops.slice(0, -1);
  const caches = cache.view(slot, B);
  const found = reuse.states.find(inner, batch);
  if (!isEnd) for (const [l, { attended }] of found.entries()) copyIn(attended!, caches[l]!, before.length, T);
  const tensor = (data: Float32Array) => new runtime.Tensor("float32", data, [B, T, C]);
  const zeros = new runtime.Tensor("float32", new Float32Array(T * C), [1, T, C]);
  const inputOf = (state: HopState | undefined): LayerRun["input"] =>
    state === undefined ? { ids: new runtime.Tensor("int32", ids, [B, T]) } : { hidden: tensor(state.hidden), zeros };
  let input = inputOf(found.at(-1));
  const shared = Math.min(reuse.shared(), inner.length);
  let first = found.length;
  while (first < shared) {
    const layers = RUN_LAYERS.find((count) => first + count <= shared)!;
    const hiddens = Array.from({ length: layers }, () => new Float32Array(B * T * C));
    const tensors = hiddens.map(tensor);
    const into = { states: tensors.slice(0, -1), into: tensors.at(-1)! };
    await runner.run({ firstLayer: first, layers, input, last, slot, result: "hidden", ...into });
    const states = hiddens.map((hidden, i): HopState => {
      return { hidden, attended: isEnd ? undefined : copyOut(caches[first + i]!, before.length, T) };
    });
    for (const [i, state] of states.entries()) reuse.states.keep(inner[first + i]!, batch, state);
    input = inputOf(states.at(-1));
    first += layers;
  }
  await runner.run({ firstLayer: first, layers: hops.length - first, input, last, slot, rows, ...wanted });
}

/** Keys and values of `count` positions from `start` on, of all sequences and heads. */
function copyOut({ key, value }: LayerCache, start: number, count: number): AttendedState {
  const take = ({ data, dims }: LayerCache["key"]): Float32Array => {
    const [B, K, positions, D] = dims as readonly [number, number, number, number];
    const out = new Float32Array(B * K * count * D);
    for (let head = 0; head < B * K; head++) {
      const from = (head * positions + start) * D;
      out.set((data as Float32Array).subarray(from, from + count * D), head * count * D);
    }
    return out;
  };
  return { keys: take(key), values: take(value) };
}

function copyIn({ keys, values }: AttendedState, { key, value }: LayerCache, start: number, count: number): void {
  const put = (from: Float32Array, { data, dims }: LayerCache["key"]): void => {
    const [B, K, positions, D] = dims as readonly [number, number, number, number];
    for (let head = 0; head < B * K; head++)
      (data as Float32Array).set(
        from.subarray(head * count * D, (head + 1) * count * D),
        (head * positions + start) * D,
      );
  };
  put(keys, key);
  put(values, value);
}
