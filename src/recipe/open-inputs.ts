/** Opens the models of a recipe and looks at what they are. */

import { isSameArchitecture } from "../arch/naming-rules.ts";
import { mapTensors, type TensorMap, type Tower } from "../arch/tensor-map.ts";
import { CodedError } from "../base/errors.ts";
import { modelErrors } from "../model/errors.ts";
import type { ModelConfig } from "../model/model.ts";
import { findLayerCount } from "./layer-count.ts";
import { slicesOf } from "./named-slices.ts";
import type { PlannedModel } from "./plan.ts";
import { isSameModel, type ModelReference, type Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

/** A model of the recipe, opened. */
export interface OpenedModel extends PlannedModel {
  /** Its place among the models of the plan. */
  readonly index: number;
  /** Where the recipe names it first. */
  readonly reference: ModelReference;
  /** Class of the model, after override_architecture. */
  readonly architecture: string;
  readonly map: TensorMap;
}

/** Opens what a text in a recipe stands for. Raises coded errors. */
export type OpenModel = (reference: string) => PlannedModel;

/** The models of a recipe, each once, in the order in which the text names them. */
function referencesOf(recipe: Recipe): ModelReference[] {
  const inSlices = slicesOf(recipe).flatMap(({ sources, base }) => [...sources.map(({ model }) => model), base]);
  const inOrder = [recipe.base, ...inSlices]
    .filter((reference) => reference !== undefined)
    .toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return inOrder.filter((reference, i) => inOrder.findIndex((other) => isSameModel(other, reference)) === i);
}

/**
 * Opens every model that a recipe names, once.
 *
 * @returns undefined if one could not be opened or the models do not go together.
 */
export function openInputs(
  recipe: Recipe,
  openModel: OpenModel,
  allowCrimes: boolean,
  report: Report,
): readonly OpenedModel[] | undefined {
  const before = report.errorCount();
  const opened = referencesOf(recipe).flatMap((reference, index) => {
    const planned = tryOpen(reference, openModel, report);
    return planned === undefined ? [] : [inspect(planned, reference, index, report)];
  });
  refuseMissingConfigs(opened, report);
  if (!allowCrimes) compareArchitectures(opened, report);
  return report.errorCount() > before ? undefined : opened;
}

function tryOpen(reference: ModelReference, openModel: OpenModel, report: Report): PlannedModel | undefined {
  try {
    return openModel(reference.text);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report.raised(error, reference.place);
    return undefined;
  }
}

function inspect(planned: PlannedModel, reference: ModelReference, index: number, report: Report): OpenedModel {
  const { config, tensors } = planned.model;
  const architecture = reference.overrideArchitecture ?? architectureOf(config, reference, report);
  refuseQuantized(config, reference, report);
  const map = mapTensors(tensors.keys(), architecture);
  const opened = {
    ...planned,
    index,
    reference,
    architecture,
    map: { ...map, towers: limitLayers(map, config, reference, report) },
  };
  if (map.loose.size === 0 && map.towers.size === 0)
    report.error("no_tensors", reference.place, { model: reference.text });
  return opened;
}

function architectureOf(config: ModelConfig, { text, place }: ModelReference, report: Report): string {
  if (isPlain(config)) return "";
  const names = config["architectures"];
  const [name] = Array.isArray(names) ? names : [];
  if (Array.isArray(names) && names.length === 1 && typeof name === "string") return name;
  report.error("bad_architectures", place, {
    model: text,
    found: names === undefined ? "nothing" : JSON.stringify(names),
  });
  return "";
}

/** Whether there was no config.json: the tensors of image models, adapters and the like are merged by their names alone. */
function isPlain(config: ModelConfig): boolean {
  return Object.keys(config).length === 0;
}

/** Either all models have a config or none. */
function refuseMissingConfigs(opened: readonly OpenedModel[], report: Report): void {
  if (opened.every(({ model }) => isPlain(model.config))) return;
  for (const { model, reference } of opened) {
    const file = `${model.filesFolder}/config.json`;
    if (isPlain(model.config))
      report.raised(modelErrors.missing_file({ file, neededBy: "the model" }), reference.place);
  }
}

function refuseQuantized(config: ModelConfig, { text, place }: ModelReference, report: Report): void {
  const settings = config["quantization_config"];
  if (settings === undefined || settings === null) return;
  const kind =
    typeof settings === "object" && !Array.isArray(settings) ? (settings as ModelConfig)["quant_method"] : undefined;
  report.error("quantized_input", place, {
    model: text,
    kind: typeof kind === "string" ? kind : "quantization_config",
  });
}

/** Holds the layers in the files against the count in config.json, which decides where there is one row of layers. */
function limitLayers(
  map: TensorMap,
  config: ModelConfig,
  reference: ModelReference,
  report: Report,
): TensorMap["towers"] {
  const [only, ...others] = map.towers;
  const count = findLayerCount(config);
  if (only === undefined || others.length > 0 || count === undefined) return map.towers;
  const [name, tower] = only;
  const details = { model: reference.text, key: count.path.join("."), config: count.value, files: tower.count };
  if (tower.count < count.value) report.error("layer_count_differs", reference.place, details);
  if (tower.count <= count.value) return map.towers;
  report.warn("layers_left_out", reference.place, details);
  const limited: Tower = {
    count: count.value,
    layers: new Map([...tower.layers].filter(([layer]) => layer < count.value)),
  };
  return new Map([[name, limited]]);
}

function compareArchitectures(opened: readonly OpenedModel[], report: Report): void {
  // Of those without a name it has been said that they have none.
  const [first, ...others] = opened.filter(({ architecture }) => architecture !== "");
  for (const { architecture, reference } of others) {
    if (isSameArchitecture(architecture, first!.architecture)) continue;
    const details = {
      model: reference.text,
      found: architecture,
      first: first!.reference.text,
      expected: first!.architecture,
    };
    report.error("architectures_differ", reference.place, details);
  }
}
