import type { Json } from "../base/canonical-json.ts";

/** A config.json, or the part of one that describes the layers. */
export type LayerConfig = { readonly [key: string]: Json };

/** A layer of a new model, by the config of the model that it comes from. */
export interface SourceLayer {
  readonly config: LayerConfig;
  readonly layer: number;
}

/**
 * Says which keys of config.json a model of other layers needs, so that each stays what it was where it came from.
 *
 * @param config - of the new model: its number of layers is set, and lists that all sources have are put together.
 * @returns keys to set; none where the rules of the architecture hold in the new order too.
 */
export type StackConfig = (layers: readonly SourceLayer[], config: LayerConfig) => LayerConfig;

/**
 * For a list with a value for each layer, which older files leave to a rule.
 *
 * @param rule - the value at a layer of a config without the list.
 */
export function listedByLayer(key: string, rule: (config: LayerConfig, layer: number) => Json): StackConfig {
  const valueAt = (config: LayerConfig, layer: number): Json => {
    const list = config[key];
    return Array.isArray(list) && layer < list.length ? (list[layer] as Json) : rule(config, layer);
  };
  return (layers, config) => {
    const wanted = layers.map((source) => valueAt(source.config, source.layer));
    return wanted.every((value, place) => value === valueAt(config, place)) ? {} : { [key]: wanted };
  };
}

/** `layer_types`, where a rule says which layers slide. */
export function slidingLayers(slides: (config: LayerConfig, layer: number) => boolean): StackConfig {
  return listedByLayer("layer_types", (config, layer) =>
    slides(config, layer) ? "sliding_attention" : "full_attention",
  );
}

/** Whether a layer is not the last of a pattern. @param fallback - length where the key is missing */
export function isWithinPattern(config: LayerConfig, layer: number, key: string, fallback: number): boolean {
  const length = config[key];
  return (layer + 1) % (typeof length === "number" ? length : fallback) !== 0;
}

/** Several demands at once. */
export function allOf(...parts: readonly StackConfig[]): StackConfig {
  return (layers, config) => Object.assign({}, ...parts.map((part) => part(layers, config))) as LayerConfig;
}
