import type { Json } from "../base/canonical-json.ts";
import { configValue } from "../model/config.ts";
import type { ModelConfig } from "../model/model.ts";

const KEYS = ["num_hidden_layers", "n_layer", "n_layers", "num_layers"];
/** Where models of several modalities keep the settings of their language model. */
const NESTED = "text_config";

/** The number of layers, and the keys that lead to it in config.json. */
export interface LayerCount {
  readonly path: readonly string[];
  readonly value: number;
}

/**
 * Finds the number of layers in a config.json.
 *
 * @param asked - keys of one module's layers, joined by dots; tried first.
 */
export function findLayerCount(config: ModelConfig, asked: readonly string[] = []): LayerCount | undefined {
  for (const key of asked) {
    const value = configValue(config, key);
    if (isCount(value)) return { path: key.split("."), value };
  }
  for (const key of KEYS) {
    const value = config[key];
    if (isCount(value)) return { path: [key], value };
  }
  const nested = config[NESTED];
  if (nested === undefined || nested === null || typeof nested !== "object" || Array.isArray(nested)) return undefined;
  const inner = findLayerCount(nested as ModelConfig);
  return inner === undefined ? undefined : { path: [NESTED, ...inner.path], value: inner.value };
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
