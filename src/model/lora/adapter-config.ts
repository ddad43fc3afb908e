/** What adapter_config.json says of an adapter, and whether it is of a kind that can be merged. */

import type { Json } from "../../base/canonical-json.ts";
import { configValue, optionalConfigFlag, optionalConfigNumber, optionalConfigText } from "../config.ts";
import { modelErrors } from "../errors.ts";
import type { ModelConfig } from "../model.ts";
import { findByModulePattern } from "./module-pattern.ts";

/** How an adapter is applied. */
export interface AdapterConfig {
  /** Whether weights are stored [in, out] where the adapter counts [out, in], as GPT-2's are. */
  readonly isTransposed: boolean;
  readonly usesDora: boolean;
  /** Rank and factor of a module's product. @throws model/adapter_setting for a rank that is none */
  scaleOf(module: string): { readonly rank: number; readonly scale: number };
}

/** Settings that change what the base is or what is added, and are not carried out. */
const REFUSED: readonly (readonly [key: string, why: string])[] = [
  ["layer_replication", "layers that are repeated with weights of their own cannot be added to a checkpoint's"],
  ["use_qalora", "products over groups of inputs are not supported"],
  ["target_parameters", "parameters that are no module's weight are not supported"],
  ["trainable_token_indices", "single trained rows of embeddings are not supported"],
  ["alora_invocation_tokens", "adapters that begin at a token of the text have no merged form"],
];

/** Ways of starting the training that take something out of the base's weights. */
const BASE_CHANGING = /^(?:pissa|olora|corda|loftq)/i;

/**
 * Reads and checks the settings.
 *
 * @param file - stands in errors.
 * @throws model/adapter_setting, model/config_key_type
 */
export function readAdapterConfig(config: ModelConfig, file: string): AdapterConfig {
  checkKind(config, file);
  const rank = optionalConfigNumber(config, "r", file) ?? 8;
  const alpha = optionalConfigNumber(config, "lora_alpha", file) ?? 8;
  const ranks = patternsOf(config, "rank_pattern", file);
  const alphas = patternsOf(config, "alpha_pattern", file);
  const isStabilised = optionalConfigFlag(config, "use_rslora", file) ?? false;
  return {
    isTransposed: optionalConfigFlag(config, "fan_in_fan_out", file) ?? false,
    usesDora: optionalConfigFlag(config, "use_dora", file) ?? false,
    scaleOf(module) {
      const r = findByModulePattern(ranks, module, file) ?? rank;
      const a = findByModulePattern(alphas, module, file) ?? alpha;
      if (!Number.isInteger(r) || r < 1) refuse(file, "r", String(r), "a rank is a whole number of at least 1");
      return { rank: r, scale: isStabilised ? a / Math.sqrt(r) : a / r };
    },
  };
}

function checkKind(config: ModelConfig, file: string): void {
  const kind = optionalConfigText(config, "peft_type", file) ?? "LORA";
  if (kind !== "LORA") refuse(file, "peft_type", kind, "only LoRA adapters (also rsLoRA and DoRA) can be merged");
  for (const [key, why] of REFUSED) {
    if (isSet(config[key])) refuse(file, key, JSON.stringify(config[key]), why);
  }
  const start = config["init_lora_weights"];
  if (typeof start === "string" && BASE_CHANGING.test(start)) {
    const why =
      "its training changed the base's weights too; save it with PEFT's path_initial_model_for_weight_conversion";
    refuse(file, "init_lora_weights", start, why);
  }
}

/** Null, false and empty values are as good as none. */
function isSet(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value === "object" ? Object.keys(value).length > 0 : true;
}

function patternsOf(config: ModelConfig, key: string, file: string): ReadonlyMap<string, number> {
  const value = configValue(config, key);
  if (value === undefined || value === null) return new Map();
  const entries = typeof value === "object" ? Object.entries(value) : [];
  if (typeof value !== "object" || Array.isArray(value) || !entries.every(([, n]) => typeof n === "number")) {
    const expected = "an object of numbers";
    throw modelErrors.config_key_type({ file, key, expected, found: JSON.stringify(value) });
  }
  return new Map(entries as [string, number][]);
}

function refuse(file: string, key: string, value: string, why: string): never {
  throw modelErrors.adapter_setting({ file, key, value, why });
}
