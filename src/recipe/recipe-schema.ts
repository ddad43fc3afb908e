/** Describes recipes as a JSON Schema, so that editors complete keys and parameters and mark mistakes. */

import type { Json } from "../base/canonical-json.ts";
import type { AnyMethod, Param, Per } from "../methods/method.ts";
import { CHAT_TEMPLATES } from "./chat-templates.ts";

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
        description: "The same module by module; models with one row of layers have the module default",
        type: "object",
        minProperties: 1,
        properties: { default: { $ref: "#/definitions/module" } },
        additionalProperties: { $ref: "#/definitions/module" },
      },
      parameters: { type: "object" },
      dtype: { ...DTYPE, description: "Type of the arithmetic: inputs are cast to it" },
      out_dtype: { ...DTYPE, description: "Type that is written; the result's own when left out" },
      tokenizer_source: {
        description: "Short for tokenizer: {source: …}",
        anyOf: [{ enum: ["base", "union"] }, MODEL],
      },
      tokenizer: { $ref: "#/definitions/tokenizer" },
      chat_template: {
        description: "A known name, auto for the one that most models have, or a Jinja template",
        type: "string",
        anyOf: [{ enum: ["auto", ...Object.keys(CHAT_TEMPLATES)] }, { type: "string", minLength: 20, pattern: "\\{" }],
      },
      name: { description: "Of the result, for other documents of this text", type: "string" },
    },
    oneOf: [{ required: ["models"] }, { required: ["slices"] }, { required: ["modules"] }],
    allOf: methods.map(parametersOf),
    definitions: DEFINITIONS,
  };
}

const MODEL: Schema = { $ref: "#/definitions/model" };
const PATH: Schema = { $ref: "#/definitions/path" };
const PARAMETERS: Schema = { type: "object" };
const DTYPE: Schema = { type: "string", pattern: "^(?:torch\\.)?(?:bfloat16|float16|float32|float64)$" };
const SCALAR: Schema = { type: ["number", "boolean", "string"] };
const GRADIENT: Schema = { anyOf: [SCALAR, { type: "array", items: SCALAR, minItems: 1 }] };

const DEFINITIONS: Schema = {
  model: {
    description: "A folder, a weight file or a hub id, with @REVISION and +ADAPTER where wanted",
    anyOf: [
      { type: "string" },
      {
        type: "object",
        required: ["model"],
        additionalProperties: false,
        properties: {
          model: { $ref: "#/definitions/path" },
          lora: { ...PATH, description: "An adapter that is added to the model" },
          override_architecture: { type: "string", description: "Class that config.json is taken to name" },
        },
      },
    ],
  },
  path: {
    anyOf: [
      { type: "string" },
      {
        type: "object",
        required: ["path"],
        additionalProperties: false,
        properties: { path: { type: "string" }, revision: { type: "string" } },
      },
    ],
  },
  tokenizer: {
    description: "Aligns vocabularies by token",
    type: "object",
    additionalProperties: false,
    properties: {
      source: {
        description: "The base's vocabulary, that of all models together (the default), or a model's",
        anyOf: [{ enum: ["base", "union"] }, MODEL],
      },
      tokens: {
        description: "Where the rows of single tokens come from",
        type: "object",
        additionalProperties: { $ref: "#/definitions/token" },
      },
      pad_to_multiple_of: {
        description: "Rows are added until their number is a multiple",
        type: "integer",
        minimum: 1,
      },
    },
  },
  token: {
    type: "object",
    required: ["source"],
    additionalProperties: false,
    properties: {
      source: { $ref: "#/definitions/tokenSource" },
      force: { description: "Whether rows of models that have the token are replaced", type: "boolean" },
    },
  },
  tokenSource: {
    anyOf: [
      { type: "string" },
      { type: "object", required: ["model"], not: { required: ["kind"] } },
      { type: "object", required: ["kind"], additionalProperties: false, properties: { kind: { const: "zero" } } },
      {
        type: "object",
        required: ["kind", "model"],
        additionalProperties: false,
        properties: {
          kind: { const: "model_token" },
          model: MODEL,
          token: { type: "string" },
          token_id: { type: "integer", minimum: 0 },
        },
        oneOf: [{ required: ["token"] }, { required: ["token_id"] }],
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
    then: { properties: { ...layouts, modules: { additionalProperties: { properties: layouts } } } },
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
