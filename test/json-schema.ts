/** Checks values against the part of JSON Schema (draft 7) that our schemas use. */

import type { Json } from "../src/base/canonical-json.ts";

type Schema = { readonly [key: string]: Json };

/** Returns where a value departs from a schema: one line `path: keyword` for each fault. */
export function schemaFaults(schema: Schema, value: Json, root: Schema = schema, path = ""): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    const check = KEYWORDS[keyword];
    if (check === undefined) return IGNORED.includes(keyword) ? [] : [`${path}: the keyword ${keyword} is not known`];
    return check({ rule, schema, value, root, path });
  });
}

interface Check {
  readonly rule: Json;
  readonly schema: Schema;
  readonly value: Json;
  readonly root: Schema;
  readonly path: string;
}

const IGNORED = ["$schema", "title", "description", "definitions", "then"];

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const same = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);
const unless = (holds: boolean, { path }: Check, keyword: string): string[] => (holds ? [] : [`${path}: ${keyword}`]);
const matches = (rule: Json, { value, root, path }: Check): boolean =>
  schemaFaults(rule as Schema, value, root, path).length === 0;
const count = (rule: Json, check: Check): number =>
  (rule as readonly Json[]).filter((each) => matches(each, check)).length;

const TYPES: Readonly<Record<string, (value: Json) => boolean>> = {
  object: isObject,
  array: isList,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  null: (value) => value === null,
};

const KEYWORDS: Readonly<Record<string, (check: Check) => string[]>> = {
  $ref: ({ rule, root, value, path }) => {
    const name = String(rule).replace("#/definitions/", "");
    return schemaFaults((root["definitions"] as Schema)[name] as Schema, value, root, path);
  },
  type: (check) =>
    unless(
      [check.rule].flat().some((type) => TYPES[String(type)]!(check.value)),
      check,
      "type",
    ),
  const: (check) => unless(same(check.rule, check.value), check, "const"),
  enum: (check) =>
    unless(
      (check.rule as readonly Json[]).some((each) => same(each, check.value)),
      check,
      "enum",
    ),
  minimum: (check) => unless(typeof check.value !== "number" || check.value >= Number(check.rule), check, "minimum"),
  minLength: (check) =>
    unless(typeof check.value !== "string" || check.value.length >= Number(check.rule), check, "minLength"),
  pattern: (check) =>
    unless(typeof check.value !== "string" || new RegExp(String(check.rule)).test(check.value), check, "pattern"),
  minItems: (check) => unless(!isList(check.value) || check.value.length >= Number(check.rule), check, "minItems"),
  maxItems: (check) => unless(!isList(check.value) || check.value.length <= Number(check.rule), check, "maxItems"),
  minProperties: (check) =>
    unless(!isObject(check.value) || Object.keys(check.value).length >= Number(check.rule), check, "minProperties"),
  required: (check) => {
    const { value } = check;
    return unless(
      !isObject(value) || (check.rule as readonly string[]).every((key) => Object.hasOwn(value, key)),
      check,
      "required",
    );
  },
  properties: ({ rule, value, root, path }) =>
    Object.entries(rule as Schema).flatMap(([key, each]) =>
      isObject(value) && Object.hasOwn(value, key)
        ? schemaFaults(each as Schema, value[key]!, root, `${path}.${key}`)
        : [],
    ),
  additionalProperties: ({ rule, schema, value, root, path }) => {
    if (!isObject(value)) return [];
    const known = Object.keys((schema["properties"] ?? {}) as Schema);
    const others = Object.keys(value).filter((key) => !known.includes(key));
    if (rule === false) return others.map((key) => `${path}.${key}: additionalProperties`);
    return others.flatMap((key) => schemaFaults(rule as Schema, value[key]!, root, `${path}.${key}`));
  },
  items: ({ rule, value, root, path }) =>
    isList(value) ? value.flatMap((item, i) => schemaFaults(rule as Schema, item, root, `${path}.${i}`)) : [],
  anyOf: (check) => unless(count(check.rule, check) > 0, check, "anyOf"),
  oneOf: (check) => unless(count(check.rule, check) === 1, check, "oneOf"),
  allOf: ({ rule, value, root, path }) =>
    (rule as readonly Json[]).flatMap((each) => schemaFaults(each as Schema, value, root, path)),
  not: (check) => unless(!matches(check.rule, check), check, "not"),
  if: (check) => {
    const { rule, schema, value, root, path } = check;
    return matches(rule, check) ? schemaFaults((schema["then"] ?? {}) as Schema, value, root, path) : [];
  },
};
