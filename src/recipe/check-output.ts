/** Holds the output's tensors against its config.json: what contradicts it cannot be loaded. */

import { parseLayerName } from "../arch/layer-name.ts";
import { hasVocabularyAxis } from "../arch/tensor-roles.ts";
import { configValue } from "../model/config.ts";
import type { ModelConfig } from "../model/model.ts";
import { findLayerCount } from "./layer-count.ts";
import type { PlannedTensor } from "./plan.ts";
import type { Place, Report } from "./report.ts";

/** What one key of config.json says about a tensor's shape. */
interface Expectation {
  readonly key: string;
  readonly found: number;
}

/** Warns of keys of config.json that contradict the tensors. @param place - of the model that gives the config. */
export function checkOutput(
  config: ModelConfig,
  tensors: readonly PlannedTensor[],
  place: Place,
  report: Report,
): void {
  for (const { name, shape } of tensors) {
    for (const { key, found } of expectationsOf(name, shape)) {
      const stated = configValue(config, key) ?? configValue(config, `text_config.${key}`);
      if (typeof stated === "number" && stated !== found)
        report.warn("config_contradicts", place, { key, stated, tensor: name, found });
    }
  }
  checkLayers(config, tensors, place, report);
}

/** Whose axes these keys count in every architecture that has both. */
function expectationsOf(name: string, shape: readonly number[]): readonly Expectation[] {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2 || /vision|visual|encoder\.|decoder\./.test(name)) return [];
  if (hasVocabularyAxis(name)) return [{ key: "vocab_size", found: rows }];
  if (/\.mlp\.(?:gate|up)_proj\.weight$/.test(name))
    return [
      { key: "intermediate_size", found: rows },
      { key: "hidden_size", found: columns },
    ];
  return [];
}

function checkLayers(config: ModelConfig, tensors: readonly PlannedTensor[], place: Place, report: Report): void {
  const stated = findLayerCount(config);
  const places = tensors.flatMap(({ name }) => parseLayerName(name) ?? []);
  const towers = new Set(places.map(({ tower }) => tower));
  if (stated === undefined || towers.size !== 1) return;
  const found = places.reduce((max, { layer }) => Math.max(max, layer + 1), 0);
  if (found === stated.value) return;
  const [tensor] = towers;
  report.warn("config_contradicts", place, {
    key: stated.path.join("."),
    stated: stated.value,
    tensor: tensor!,
    found,
  });
}
