/** Makes the config.json of a merge from the donor's. */

import { findArchitecture } from "../arch/index.ts";
import type { LayerConfig, SourceLayer } from "../arch/stacked-config.ts";
import { isHead } from "../arch/tensor-roles.ts";
import type { Json } from "../base/canonical-json.ts";
import type { ModelConfig } from "../model/model.ts";
import { torchName } from "../tensor/dtype.ts";
import type { LaidModule } from "./lay-out.ts";
import { findLayerCount } from "./layer-count.ts";
import type { OpenedModel } from "./open-inputs.ts";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";
import type { TensorSlot } from "./tensor-slots.ts";

/** Keys of config.json that hold one value for each layer. */
const LAYER_LISTS = [
  "layer_types",
  "layers_block_type",
  "mlp_layer_types",
  "attention_types",
  "no_rope_layers",
  "block_types",
];
/** Layers from this number on have an attention window. */
const WINDOW_KEY = "max_window_layers";

/** What the output's config.json depends on. */
export interface ConfigContext {
  readonly recipe: Recipe;
  readonly donor: OpenedModel;
  readonly modules: readonly LaidModule[];
  readonly slots: readonly TensorSlot[];
  /** Rows of the embeddings where vocabularies were aligned. */
  readonly rows: number | undefined;
  readonly report: Report;
}

/** Returns the config.json of the merged model; empty where the donor has none. */
export function makeOutputConfig(context: ConfigContext): ModelConfig {
  const { recipe, donor, slots } = context;
  // Of a file without a config nobody knows more than its tensors.
  if (Object.keys(donor.model.config).length === 0) return {};
  const config: Record<string, Json> = { ...donor.model.config };
  if (donor.reference.overrideArchitecture !== undefined) config["architectures"] = [donor.architecture];
  const dtype = recipe.outDtype ?? recipe.dtype;
  // Transformers 5 reads `dtype`, older versions and most other tools `torch_dtype`.
  if (dtype !== undefined) config["dtype"] = config["torch_dtype"] = torchName(dtype.value);
  for (const module of context.modules) if (module.isStacked) stackLayers(config, module, context);
  if (context.rows !== undefined) setVocabularySize(config, context.rows);
  if (config["tie_word_embeddings"] === true && writesOwnHead(slots)) config["tie_word_embeddings"] = false;
  return config;
}

/** Sets the number of embedding rows, where the donor's config states it. */
function setVocabularySize(config: Record<string, Json>, rows: number): void {
  const nested = config["text_config"];
  const isNested = nested !== null && typeof nested === "object" && !Array.isArray(nested);
  if (isNested && "vocab_size" in nested) config["text_config"] = { ...nested, vocab_size: rows };
  if (!isNested || config["vocab_size"] !== undefined) config["vocab_size"] = rows;
}

/** Whether some input has a head that is not its input embedding again. */
function writesOwnHead(slots: readonly TensorSlot[]): boolean {
  const heads = slots.filter(({ name }) => isHead(name) && name.endsWith(".weight"));
  return heads.some(({ inputs }) =>
    inputs.some(({ source, name }) => {
      const { map, model } = source.opened;
      return map.loose.has(name) && model.config["tie_word_embeddings"] !== true;
    }),
  );
}

/** A layer of the first source of a slice, which config.json describes. */
interface StackedLayer {
  readonly config: ModelConfig;
  readonly layer: number;
}

function stackLayers(
  config: Record<string, Json>,
  { slices, layerKeys, place }: LaidModule,
  { donor, report }: ConfigContext,
): void {
  const layers = slices.flatMap(({ sources, towers }): StackedLayer[] => {
    const [first] = sources;
    const [count = 0] = towers.values();
    return Array.from({ length: count }, (_, k) => ({ config: first!.opened.model.config, layer: first!.start + k }));
  });
  const count = findLayerCount(config, layerKeys);
  if (count === undefined) return;
  const inner = count.path.slice(0, -1);
  const key = count.path.at(-1)!;
  const lists = LAYER_LISTS.flatMap((name) => {
    const list = layers.map(
      (stacked) => layerValue(stacked, name) ?? layerValue({ ...stacked, config: donor.model.config }, name),
    );
    return list.length === 0 || list.includes(undefined) ? [] : [[name, list as Json[]] as const];
  });
  const own = inner.reduce((at, step) => at[step] as Record<string, Json>, config);
  const changed: Record<string, Json> = { ...own, ...Object.fromEntries(lists), [key]: layers.length };
  const window = windowLayers(layers, own[WINDOW_KEY]);
  if (window !== undefined) changed[WINDOW_KEY] = window;
  Object.assign(changed, ownRules(config, inner, layers, changed));
  const isTold = window !== undefined || changed["layer_types"] !== undefined;
  if (!isTold && own[WINDOW_KEY] !== undefined) report.warn("window_layers", place, { key: WINDOW_KEY });
  if (inner.length === 0) Object.assign(config, changed);
  else config[inner[0]!] = changed;
}

/** What the architecture's own rules need, where layers are at other places than before. */
function ownRules(
  config: ModelConfig,
  inner: readonly string[],
  layers: readonly StackedLayer[],
  changed: LayerConfig,
): LayerConfig {
  const own = (whole: ModelConfig): LayerConfig =>
    inner.reduce<LayerConfig>((at, step) => (at[step] as LayerConfig | undefined) ?? {}, whole);
  const classes = inner.length === 0 ? config["architectures"] : undefined;
  const className = Array.isArray(classes) ? classes[0] : undefined;
  const type = changed["model_type"];
  const row = findArchitecture(
    typeof className === "string" ? className : undefined,
    typeof type === "string" ? type : undefined,
  );
  const sources = layers.map((stacked): SourceLayer => ({ config: own(stacked.config), layer: stacked.layer }));
  return row?.stackConfig?.(sources, changed) ?? {};
}

function layerValue({ config, layer }: StackedLayer, key: string): Json | undefined {
  const nested = config["text_config"] as ModelConfig | undefined;
  const list = config[key] ?? nested?.[key];
  return Array.isArray(list) ? (list[layer] as Json | undefined) : undefined;
}

/** @returns undefined if the layers with a window would not be the last ones. */
function windowLayers(layers: readonly StackedLayer[], donors: Json | undefined): number | undefined {
  if (typeof donors !== "number") return undefined;
  const hasWindow = layers.map(({ config, layer }) => {
    const from = config[WINDOW_KEY];
    return layer >= (typeof from === "number" ? from : donors);
  });
  const first = hasWindow.indexOf(true);
  if (first < 0) return Math.max(donors, layers.length);
  return hasWindow.slice(first).every(Boolean) ? first : undefined;
}
