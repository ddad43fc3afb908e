/** Describes recipes as a JSON Schema, so that editors complete keys and parameters and mark mistakes. */

import type { Json } from "../base/canonical-json.ts";
import type { AnyMethod, Param, Per } from "../methods/method.ts";

type Schema = { readonly [key: string]: Json };

/**
 * Returns the JSON Schema (draft 7) of recipes.
 *
 * What it refuses is at least doubtful, but it is no substitute for planning: it sees neither models nor tensors.
 *
 * @param methods - those that recipes can name; their parameters are completed where they may stand.
 */
export function makeRecipeSchema(methods: readonly AnyMethod[]): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "merganser recipe",
    description: "A merge of language models, in mergekit's YAML",
    type: "object",
    required: ["merge_method"],
    additionalProperties: false,
    properties: {
      merge_method: {
        description: "How tensors are merged",
        oneOf: methods.map(({ name, title }) => ({ const: name, description: title })),
      },
      base_model: { ...MODEL, description: "The model that the others were tuned from" },
      models: {
        description: "Models to be merged whole",
        type: "array",
        minItems: 1,
        items: { $ref: "#/definitions/input" },
      },
      slices: {
        description: "Layers put together from top to bottom",
        type: "array",
        minItems: 1,
        items: { $ref: "#/definitions/slice" },
      },
      modules: {
        description: "The same for one module; models with one row of layers have the module default",
        type: "object",
        additionalProperties: false,
        properties: { default: { $ref: "#/definitions/module" } },
      },
      parameters: { type: "object" },
      dtype: { ...DTYPE, description: "Type of the arithmetic: inputs are cast to it" },
      out_dtype: { ...DTYPE, description: "Type that is written; the result's own when left out" },
    },
    oneOf: [{ required: ["models"] }, { required: ["slices"] }, { required: ["modules"] }],
    allOf: methods.map(parametersOf),
    definitions: DEFINITIONS,
  };
}

const MODEL: Schema = { $ref: "#/definitions/model" };
const PARAMETERS: Schema = { type: "object" };
const DTYPE: Schema = { type: "string", enum: ["bfloat16", "float16", "float32"] };
const SCALAR: Schema = { type: ["number", "boolean", "string"] };
const GRADIENT: Schema = { anyOf: [SCALAR, { type: "array", items: SCALAR, minItems: 1 }] };

const DEFINITIONS: Schema = {
  model: {
    description: "A folder, or a hub id in the local cache",
    anyOf: [
      { type: "string" },
      {
        type: "object",
        required: ["model"],
        additionalProperties: false,
        properties: { model: { type: "string" }, override_architecture: { type: "string" } },
      },
    ],
  },
  input: {
    type: "object",
    required: ["model"],
    additionalProperties: false,
    properties: { model: MODEL, parameters: PARAMETERS },
  },
  source: {
    type: "object",
    required: ["model", "layer_range"],
    additionalProperties: false,
    properties: {
      model: MODEL,
      layer_range: {
        description: "[first layer, one after the last]",
        type: "array",
        items: { type: "integer", minimum: 0 },
        minItems: 2,
        maxItems: 2,
      },
      parameters: PARAMETERS,
    },
  },
  slice: {
    type: "object",
    required: ["sources"],
    additionalProperties: false,
    properties: {
      sources: { type: "array", minItems: 1, items: { $ref: "#/definitions/source" } },
      base_model: MODEL,
      parameters: PARAMETERS,
    },
  },
  module: {
    type: "object",
    additionalProperties: false,
    properties: {
      models: { type: "array", minItems: 1, items: { $ref: "#/definitions/input" } },
      slices: { type: "array", minItems: 1, items: { $ref: "#/definitions/slice" } },
      parameters: PARAMETERS,
    },
    oneOf: [{ required: ["models"] }, { required: ["slices"] }],
  },
  conditional: {
    description: "A value for the tensors whose name contains the filter",
    type: "object",
    required: ["value"],
    additionalProperties: false,
    properties: { filter: { type: ["string", "null"] }, value: GRADIENT },
  },
  setting: {
    anyOf: [
      GRADIENT,
      { $ref: "#/definitions/conditional" },
      { type: "array", items: { $ref: "#/definitions/conditional" }, minItems: 1 },
    ],
  },
};

/** The rule that gives a method's parameters wherever they may stand. */
function parametersOf({ name, params }: AnyMethod): Schema {
  const shared = { parameters: parameterMap(params, ["merge", "model"]) };
  const own = { parameters: parameterMap(params, ["model"]) };
  const inputs = { items: { properties: own } };
  const slices = { items: { properties: { ...shared, sources: inputs } } };
  const layouts = { models: inputs, slices, ...shared };
  return {
    if: { properties: { merge_method: { const: name } }, required: ["merge_method"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema.
    then: { properties: { ...layouts, modules: { properties: { default: { properties: layouts } } } } },
  };
}

function parameterMap(params: AnyMethod["params"], scopes: readonly Per[]): Schema {
  const entries = Object.entries(params).filter(([, { per }]) => scopes.includes(per));
  const properties = Object.fromEntries(entries.map(([name, param]) => [name, describe(param)]));
  return { additionalProperties: false, properties };
}

function describe(param: Param): Schema {
  const fallback = param.default === undefined ? "required" : `default ${param.default}`;
  return { description: `${param.doc} (${fallback})`, allOf: [{ $ref: "#/definitions/setting" }] };
}
