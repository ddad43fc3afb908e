/** The JSON Schema of search files, from the very checks that read them. */

import { z } from "zod";
import type { Json } from "../base/canonical-json.ts";
import { PRESETS } from "./presets.ts";
import { METHOD_SEARCH_KEYS, orderSearchKeys, SEARCH_KEYS } from "./search-keys.ts";
import { ORDER_KEYS } from "./space-keys.ts";

type Schema = { readonly [key: string]: Json };

/**
 * Returns the schema, for editors: `# yaml-language-server: $schema=…` on a search file's first line completes it.
 *
 * With a preset only models and tasks are required, since the preset has the rest.
 */
export function searchSchema(): Schema {
  const kinds = Object.keys(ORDER_KEYS) as (keyof typeof ORDER_KEYS)[];
  const whole = [SEARCH_KEYS, ...kinds.map((kind) => orderSearchKeys(kind)), METHOD_SEARCH_KEYS].map(toSchema);
  const preset = { type: "string", enum: Object.keys(PRESETS) } as const;
  const withPreset = whole.map((schema): Schema => {
    const properties = schema["properties"] as Schema;
    return { ...schema, properties: { ...properties, preset }, required: ["preset", "models", "tasks"] };
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "merganser search",
    anyOf: [...whole, ...withPreset],
  };
}

function toSchema(keys: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(keys, { io: "input", target: "draft-7", unrepresentable: "any" });
  return schema as unknown as Schema;
}
