import { join } from "node:path";
import type { Json } from "../base/canonical-json.ts";
import { configValue } from "./config.ts";
import { modelErrors } from "./errors.ts";
import type { ModelConfig } from "./model.ts";
import { type FilesOwner, filesFolderOf, readModelJson } from "./model-file.ts";

/**
 * Returns the ids that end a generation: `eos_token_id` of generation_config.json, else of config.json (or of its
 * `text_config`), each a number or a list.
 *
 * @returns empty if no file names one.
 * @throws model/config_key_type, model/bad_json, model/not_an_object
 */
export function readEosIds(owner: FilesOwner, config: ModelConfig): readonly number[] {
  const generation = readModelJson(owner, "generation_config.json")?.["eos_token_id"];
  if (isPresent(generation)) return toIds(generation, join(filesFolderOf(owner), "generation_config.json"));
  const own = [configValue(config, "eos_token_id"), configValue(config, "text_config.eos_token_id")].find(isPresent);
  return own === undefined ? [] : toIds(own, join(filesFolderOf(owner), "config.json"));
}

function isPresent(value: Json | undefined): value is Json {
  return value !== undefined && value !== null;
}

function toIds(value: Json, file: string): readonly number[] {
  const ids: readonly Json[] = Array.isArray(value) ? value : [value];
  if (!ids.every((id): id is number => typeof id === "number" && Number.isInteger(id) && id >= 0)) {
    const expected = "a token id or a list of token ids";
    throw modelErrors.config_key_type({ file, key: "eos_token_id", expected, found: JSON.stringify(value) });
  }
  return ids;
}
