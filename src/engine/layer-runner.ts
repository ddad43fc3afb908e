import type { Tensor } from "onnxruntime-node";
import { type TrunkSettings, trunkGraph } from "./decoder-graph.ts";
import type { DecoderShape } from "./decoder-shape.ts";
import type { DecoderWeights, WeightTensors } from "./decoder-weights.ts";
import type { KvCache, LayerCache } from "./kv-cache.ts";
import { type PositionNeeds, positionNeeds } from "./position-graph.ts";
import { createPositionInputs } from "./position-inputs.ts";
import { runSession } from "./run-end.ts";
import type { Runtime, Tensors } from "./runtime.ts";
import type { SessionLease } from "./session-pool.ts";

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
  /** [B, T] ids, or [B, T, C] hidden states; those that a layer left come with `zeros` [1, T, C]. */
  readonly input: { readonly ids: Tensor } | { readonly hidden: Tensor; readonly zeros?: Tensor };
  /** [B] index of each sequence's last position. */
  readonly last: Int32Array;
  /** Cache slot of the first sequence. */
  readonly slot: number;
  readonly result: TrunkSettings["result"];
  /** [N]; left out where the result is all hidden states. */
  readonly rows?: Int32Array;
  /** Written by the run. */
  readonly into: Tensor;
  /** Of each layer, [B, H, T, positions]: shares of what each position attends to, written by the run. @default not shown */
  readonly attentions?: readonly Tensor[];
  /** Of each layer but the last, [B, T, C]: what it leaves to the next, written by the run. @default not shown */
  readonly states?: readonly Tensor[];
}

/** Runs layers; sessions are made when they are first needed. */
export interface LayerRunner {
  /** @throws engine/run_failed */
  run(run: LayerRun): Promise<void>;
  /** Gives the sessions back. */
  [Symbol.dispose](): void;
}

/** What all runs of the same layers with the same ends have in common. */
interface Stage {
  readonly lease: Promise<SessionLease>;
  /** Returns the weights of the model that is loaded, by the names of the graph's inputs. */
  readonly inputs: () => Tensors;
  readonly needs: PositionNeeds;
}

/** Makes a runner of a model's layers. */
export function createLayerRunner({ runtime, shape, weights, cache, threads }: LayerParts): LayerRunner {
  const positions = createPositionInputs(runtime, shape);
  const stages = new Map<string, Stage>();

  const inputsOf = (firstLayer: number, { layers, source, result }: Omit<TrunkSettings, "shape">): Tensors => {
    const { tensors } = weights;
    return {
      ...numberLayers(tensors.layers.slice(firstLayer, firstLayer + layers.length)),
      ...(source === "ids" ? tensors.source : {}),
      ...(result === "hidden" ? {} : tensors.finalNorm),
      ...(result === "logits" ? tensors.head : {}),
    };
  };
  const makeStage = (firstLayer: number, settings: Omit<TrunkSettings, "shape">): Stage => {
    // Weak, since weights that were replaced must be free to go before others come.
    const made = new WeakMap<WeightTensors, Tensors>();
    const inputs = (): Tensors => {
      const found = made.get(weights.tensors) ?? inputsOf(firstLayer, settings);
      made.set(weights.tensors, found);
      return found;
    };
    return {
      lease: weights.lease({ graph: trunkGraph({ shape, ...settings }), threads }, inputs()),
      inputs,
      needs: positionNeeds(shape, settings.layers, settings.source),
    };
  };
  const stageOf = ({ firstLayer, layers, input, result, attentions, states = [] }: LayerRun): Stage => {
    const source = sourceOf(input);
    const showsAttention = attentions !== undefined;
    const showsStates = states.length > 0;
    const key = `${firstLayer} ${layers} ${source} ${result} ${showsAttention} ${showsStates}`;
    const designs = () => shape.layerDesigns.slice(firstLayer, firstLayer + layers);
    const found =
      stages.get(key) ?? makeStage(firstLayer, { layers: designs(), source, result, showsAttention, showsStates });
    stages.set(key, found);
    return found;
  };
  return {
    async run(run) {
      const { firstLayer, layers, input, last, slot, rows, into, attentions = [], states = [] } = run;
      const stage = stageOf(run);
      const { session } = await stage.lease;
      const [, length = 0] = "ids" in input ? input.ids.dims : input.hidden.dims;
      const caches = numberCaches(cache.view(slot, last.length).slice(firstLayer, firstLayer + layers));
      const feeds: Tensors = {
        ...stage.inputs(),
        ...caches.feeds,
        ...positions({ last, length }, stage.needs),
        ...input,
        ...(rows === undefined ? {} : { rows: new runtime.Tensor("int32", rows, [rows.length]) }),
      };
      await runSession(
        session,
        feeds,
        {
          ...caches.fetches,
          result: into,
          ...Object.fromEntries(attentions.map((tensor, l) => [`attention.${l}`, tensor])),
          ...Object.fromEntries(states.map((tensor, l) => [`state.${l}`, tensor])),
        },
        `layers ${firstLayer} to ${firstLayer + layers - 1}`,
      );
    },
    [Symbol.dispose]() {
      for (const { lease } of stages.values())
        void lease.then(
          ({ release }) => release(),
          () => {},
        );
      stages.clear();
    },
  };
}

function sourceOf(input: LayerRun["input"]): TrunkSettings["source"] {
  if ("ids" in input) return "ids";
  return input.zeros === undefined ? "hidden" : "layer";
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
