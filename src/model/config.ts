/** Typed access to config.json, whose keys and values are anybody's. */

import type { Json } from "../base/canonical-json.ts";
import { type Dtype, dtypeFromTorchName } from "../tensor/dtype.ts";
import { modelErrors } from "./errors.ts";
import type { ModelConfig } from "./model.ts";

/**
 * Looks up a value by its key, or by the path of keys to it: `text_config.num_hidden_layers`.
 *
 * @returns undefined if a key on the way is missing or its value is not an object; null if the value is null.
 */
export function configValue(config: ModelConfig, path: string): Json | undefined {
  let value: Json | undefined = config;
  for (const key of path.split(".")) {
    if (value === null || typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as ModelConfig)[key];
  }
  return value;
}

/** What a config's value must be. */
interface Kind<T> {
  readonly expected: string;
  readonly accepts: (value: Json) => value is T & Json;
}

const NUMBER: Kind<number> = {
  expected: "a finite number",
  accepts: (value): value is number => typeof value === "number" && Number.isFinite(value),
};
const COUNT: Kind<number> = {
  expected: "a whole number of at least 0",
  accepts: (value): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
};
const TEXT: Kind<string> = { expected: "a text", accepts: (value) => typeof value === "string" };
const FLAG: Kind<boolean> = { expected: "true or false", accepts: (value) => typeof value === "boolean" };

function find<T>(config: ModelConfig, path: string, file: string, kind: Kind<T>): T | undefined {
  const value = configValue(config, path);
  if (value === undefined || value === null) return undefined;
  if (!kind.accepts(value))
    throw modelErrors.config_key_type({ file, key: path, expected: kind.expected, found: JSON.stringify(value) });
  return value;
}

function demand<T>(config: ModelConfig, path: string, file: string, kind: Kind<T>): T {
  const value = find(config, path, file, kind);
  if (value === undefined) throw modelErrors.config_key_missing({ file, key: path, expected: kind.expected });
  return value;
}

/**
 * Reads a number that must be there.
 *
 * @param path - key, or keys joined by dots.
 * @param file - stands in errors.
 * @throws model/config_key_missing, also for null; model/config_key_type
 */
export function configNumber(config: ModelConfig, path: string, file: string): number {
  return demand(config, path, file, NUMBER);
}

/** Reads a whole number of at least 0 that must be there. @throws model/config_key_missing, model/config_key_type */
export function configCount(config: ModelConfig, path: string, file: string): number {
  return demand(config, path, file, COUNT);
}

/** Reads a text that must be there. @throws model/config_key_missing, model/config_key_type */
export function configText(config: ModelConfig, path: string, file: string): string {
  return demand(config, path, file, TEXT);
}

/** Reads a number that may be missing or null. @throws model/config_key_type */
export function optionalConfigNumber(config: ModelConfig, path: string, file: string): number | undefined {
  return find(config, path, file, NUMBER);
}

/** Reads a text that may be missing or null. @throws model/config_key_type */
export function optionalConfigText(config: ModelConfig, path: string, file: string): string | undefined {
  return find(config, path, file, TEXT);
}

/** Reads a flag that may be missing or null. @throws model/config_key_type */
export function optionalConfigFlag(config: ModelConfig, path: string, file: string): boolean | undefined {
  return find(config, path, file, FLAG);
}

/**
 * Reads the type that the weights are said to have: `dtype`, which transformers 5 writes, else `torch_dtype`.
 *
 * @returns undefined if neither is there, or the type is not one of torch's floats or integers (`auto`, quantised types).
 */
export function configDtype(config: ModelConfig): Dtype | undefined {
  const name = config["dtype"] ?? config["torch_dtype"];
  return typeof name === "string" ? dtypeFromTorchName(name) : undefined;
}
