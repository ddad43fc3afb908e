import type { Tensor } from "onnxruntime-node";
import { type TrunkSettings, trunkGraph } from "./decoder-graph.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import type { KvCache, LayerCache } from "./kv-cache.ts";
import { positionNeeds } from "./position-graph.ts";
import { createPositionInputs } from "./position-inputs.ts";
import { runSession } from "./run-end.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import { leaseSession, type SessionLease } from "./session-pool.ts";

/** What a model's layers need to run. */
export interface LayerParts {
  readonly runtime: Runtime;
  readonly shape: DecoderShape;
  readonly weights: DecoderWeights;
  readonly cache: KvCache;
  readonly threads: number;
}

/** A run of consecutive layers. */
export interface LayerRun {
  readonly firstLayer: number;
  readonly layers: number;
  /** [B, T] ids, or [B, T, C] hidden states. */
  readonly input: { readonly ids: Tensor } | { readonly hidden: Tensor };
  /** [B] index of each sequence's last position. */
  readonly last: Int32Array;
  /** Cache slot of the first sequence. */
  readonly slot: number;
  readonly result: TrunkSettings["result"];
  /** [N]; left out where the result is all hidden states. */
  readonly rows?: Int32Array;
  /** Written by the run. */
  readonly into: Tensor;
}

/** Runs layers; sessions are made when they are first needed. */
export interface LayerRunner {
  /** @throws engine/run_failed */
  run(run: LayerRun): Promise<void>;
  /** Gives the sessions back. */
  [Symbol.dispose](): void;
}

/** Makes a runner of a model's layers. */
export function createLayerRunner({ runtime, shape, weights, cache, threads }: LayerParts): LayerRunner {
  const positions = createPositionInputs(runtime, shape);
  const leases = new Map<string, Promise<SessionLease>>();
  const inputs = new Map<string, Tensors>();

  const lease = (settings: TrunkSettings): Promise<SessionLease> => {
    const { layers, source, result } = settings;
    const key = `${source} ${result} ${JSON.stringify(layers)}`;
    const found = leases.get(key) ?? leaseSession({ graph: trunkGraph(settings), threads });
    leases.set(key, found);
    return found;
  };
  const weightInputs = (firstLayer: number, layers: number): Tensors => {
    const key = `${firstLayer} ${layers}`;
    const found = inputs.get(key) ?? numberLayers(weights.layers.slice(firstLayer, firstLayer + layers));
    inputs.set(key, found);
    return found;
  };
  return {
    async run({ firstLayer, layers, input, last, slot, result, rows, into }) {
      const source = "ids" in input ? "ids" : "hidden";
      const designs = shape.layerDesigns.slice(firstLayer, firstLayer + layers);
      const { session } = await lease({ shape, layers: designs, source, result });
      const [, length = 0] = "ids" in input ? input.ids.dims : input.hidden.dims;
      const caches = numberCaches(cache.view(slot, last.length).slice(firstLayer, firstLayer + layers));
      const feeds: Tensors = {
        ...weightInputs(firstLayer, layers),
        ...caches.feeds,
        ...positions({ last, length }, positionNeeds(shape, designs, source)),
        ...input,
        ...(source === "ids" ? weights.source : {}),
        ...(rows === undefined ? {} : { rows: new runtime.Tensor("int32", rows, [rows.length]) }),
        ...(result === "hidden" ? {} : weights.finalNorm),
        ...(result === "logits" ? weights.head : {}),
      };
      await runSession(
        session,
        feeds,
        { ...caches.fetches, result: into },
        `layers ${firstLayer} to ${firstLayer + layers - 1}`,
      );
    },
    [Symbol.dispose]() {
      for (const held of leases.values())
        void held.then(
          ({ release }) => release(),
          () => {},
        );
      leases.clear();
    },
  };
}

function numberLayers(layers: readonly Tensors[]): Tensors {
  return Object.fromEntries(
    layers.flatMap((layer, l) => Object.entries(layer).map(([name, tensor]) => [`${name}.${l}`, tensor])),
  );
}

/** Past and present are the same tensors, so that the caches are extended in place. */
function numberCaches(caches: readonly LayerCache[]): { readonly feeds: Tensors; readonly fetches: Tensors } {
  const feeds: Record<string, Tensor> = {};
  const fetches: Record<string, Tensor> = {};
  for (const [l, { key, value }] of caches.entries()) {
    feeds[`past_key.${l}`] = key;
    feeds[`past_value.${l}`] = value;
    fetches[`key.${l}`] = key;
    fetches[`value.${l}`] = value;
  }
  return { feeds, fetches };
}
