/** All prompts through one layer at a time, so that only one layer's weights are in memory. */

import type { Tensor } from "onnxruntime-node";
import type { Kernels } from "../kernels/kernels.ts";
import type { Model } from "../model/model.ts";
import { readFloatRange } from "../model/read-floats.ts";
import type { Batch } from "./batch.ts";
import { type TrunkSettings, trunkGraph } from "./decoder-graph.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import { takeLayer } from "./decoder-weights.ts";
import type { KvCache } from "./kv-cache.ts";
import { takeNorm } from "./module-weights.ts";
import { positionNeeds } from "./position-graph.ts";
import { createPositionInputs } from "./position-inputs.ts";
import type { ReusedMemory } from "./reused-memory.ts";
import { runSession } from "./run-end.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import { leaseSession } from "./session-pool.ts";
import { createWeightMemory, type WeightMemory } from "./weight-memory.ts";

/** What streamed layers work with. */
export interface StreamedLayers {
  readonly runtime: Runtime;
  readonly shape: DecoderShape;
  readonly model: Model;
  readonly kernels: Kernels;
  readonly threads: number;
  /** Holds a layer's weights. */
  readonly memory: ReusedMemory;
  /** Of one layer; what it holds is not needed after a run. */
  readonly cache: KvCache;
}

/**
 * Runs batches of whole sequences.
 *
 * @param batches - slots are not looked at; rows are at least one each.
 * @param signal - looked at between runs.
 * @returns of each batch [N, C], hidden states of its rows after the final norm.
 * @throws engine/run_failed, engine/out_of_memory, what reading raises, and the signal's reason
 */
export async function runStreamedLayers(
  parts: StreamedLayers,
  batches: readonly Batch[],
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const run = createRunner(parts);
  const states = await embed(parts, batches, run);
  const { shape, model, kernels, runtime, memory } = parts;
  for (let l = 0; l < shape.layers; l++) {
    memory.reset();
    const weights = createWeightMemory(runtime, memory);
    const isLast = l === shape.layers - 1;
    const layer = numbered(takeLayer(weights, shape, l));
    const norm = isLast ? takeNorm(weights, shape, shape.modules.finalNorm, "final_norm") : {};
    weights.load(model, kernels);
    for (const [b, batch] of batches.entries()) {
      signal?.throwIfAborted();
      states[b] = await run({ layer: l, batch, hidden: states[b]!, weights: { ...layer, ...norm } });
    }
  }
  return states;
}

/** The graph of one layer calls it 0. */
function numbered(layer: Tensors): Tensors {
  return Object.fromEntries(Object.entries(layer).map(([name, tensor]) => [`${name}.0`, tensor]));
}

interface Run {
  /** Undefined for the embedding. */
  readonly layer: number | undefined;
  readonly batch: Batch;
  /** [B, T, C]; of the embedding, ids [B, T] as the table in `weights` counts them. */
  readonly hidden: Float32Array | Int32Array;
  readonly weights: Tensors;
}

/** @returns [B, T, C], of the last layer [N, C]; the caller's own. */
type Runner = (run: Run) => Promise<Float32Array>;

function createRunner({ runtime, shape, threads, cache }: StreamedLayers): Runner {
  const positions = createPositionInputs(runtime, shape);
  const { width: C } = shape;
  return async ({ layer, batch: { ids, last, rows }, hidden, weights }) => {
    const [B, N, length] = [last.length, rows.length, ids.length / last.length];
    const settings = settingsOf(shape, layer);
    const { layers, source, result } = settings;
    const out = new Float32Array(result === "rows" ? N * C : ids.length * C);
    const input: Tensor =
      hidden instanceof Int32Array
        ? new runtime.Tensor("int32", hidden, [B, length])
        : new runtime.Tensor("float32", hidden, [B, length, C]);
    const { feeds, fetches } = layer === undefined ? { feeds: {}, fetches: {} } : cacheTensors(cache, B, length);
    const { session, release } = await leaseSession({ graph: trunkGraph(settings), threads });
    try {
      await runSession(
        session,
        {
          ...weights,
          ...feeds,
          ...positions({ last, length }, positionNeeds(shape, layers, source)),
          [source]: input,
          ...(result === "rows" ? { rows: new runtime.Tensor("int32", rows, [N]) } : {}),
        },
        { ...fetches, result: new runtime.Tensor("float32", out, result === "rows" ? [N, C] : [B, length, C]) },
        layer === undefined ? "the embedding" : `layer ${layer}`,
      );
    } finally {
      release();
    }
    return out;
  };
}

function settingsOf(shape: DecoderShape, layer: number | undefined): TrunkSettings {
  if (layer === undefined) return { shape, layers: [], source: "ids", result: "hidden" };
  const result = layer === shape.layers - 1 ? "rows" : "hidden";
  return { shape, layers: [shape.layerDesigns[layer]!], source: "hidden", result };
}

function cacheTensors(
  cache: KvCache,
  B: number,
  length: number,
): { readonly feeds: Tensors; readonly fetches: Tensors } {
  cache.layOut(B, length);
  const { key, value } = cache.view(0, B)[0]!;
  return { feeds: { "past_key.0": key, "past_value.0": value }, fetches: { "key.0": key, "value.0": value } };
}

/** Only the rows of the embedding that are asked for are read, into a table of their own. */
async function embed(parts: StreamedLayers, batches: readonly Batch[], run: Runner): Promise<Float32Array[]> {
  const { runtime, shape, model, kernels, memory } = parts;
  const { width: C, modules } = shape;
  const places = new Map<number, number>();
  for (const { ids } of batches) for (const id of ids) if (!places.has(id)) places.set(id, places.size);
  memory.reset();
  const table = memory.allocate(places.size * C);
  for (const [id, place] of places)
    readFloatRange(
      { model, name: `${modules.embedding}.weight`, start: id * C },
      table.subarray(place * C, (place + 1) * C),
      kernels,
    );
  const weights = createWeightMemory(runtime, memory);
  const others = takeSourceBesideTable(weights, shape);
  weights.load(model, kernels);
  const embedding = new runtime.Tensor("float32", table, [places.size, C]);
  const states: Float32Array[] = [];
  for (const batch of batches) {
    const hidden = batch.ids.map((id) => places.get(id)!);
    states.push(await run({ layer: undefined, batch, hidden, weights: { embedding, ...others } }));
  }
  return states;
}

function takeSourceBesideTable(weights: WeightMemory, shape: DecoderShape): Tensors {
  const { modules, width: C, contextLength: P } = shape;
  const { positions, embeddingNorm } = modules;
  return {
    ...(positions === undefined
      ? {}
      : { position_table: weights.take([{ name: `${positions}.weight`, shape: [P, C] }], [P, C]) }),
    ...takeNorm(weights, shape, embeddingNorm, "embedding_norm"),
  };
}
