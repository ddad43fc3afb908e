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
 * With a preset only models and tasks are required, since the preset has the rest; nothing under a key takes the preset's
 * away.
 */
export function searchSchema(): Schema {
  const kinds = Object.keys(ORDER_KEYS) as (keyof typeof ORDER_KEYS)[];
  const whole = [SEARCH_KEYS, ...kinds.map((kind) => orderSearchKeys(kind)), METHOD_SEARCH_KEYS].map(toSchema);
  const preset = { type: "string", enum: Object.keys(PRESETS) } as const;
  const withPreset = whole.map((schema): Schema => {
    const properties = schema["properties"] as Schema;
    const taken = Object.fromEntries(
      MAY_BE_TAKEN_AWAY.flatMap((key) =>
        key in properties ? [[key, { anyOf: [properties[key]!, { type: "null" }] }]] : [],
      ),
    );
    return { ...schema, properties: { ...properties, ...taken, preset }, required: ["preset", "models", "tasks"] };
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "merganser search",
    anyOf: [...whole, ...withPreset],
  };
}

/** Keys of presets that a file can do without. */
const MAY_BE_TAKEN_AWAY = ["racing", "start", "next"];

function toSchema(keys: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(keys, { io: "input", target: "draft-7", unrepresentable: "any" });
  return schema as unknown as Schema;
}
