import { z } from "zod";
import { pythonText } from "../python-text.ts";
import { defineFilter } from "./filter.ts";

const value = z.union([z.string(), z.number(), z.boolean(), z.null()], "a text or a number");

/** Replaces each response by what a table has for it. */
export const map = defineFilter({
  name: "map",
  title: "Replaces each response by what a table has for it.",
  settings: z.strictObject({
    mapping_dict: z.record(z.string(), value, "a map of response to value").default({}),
    default_value: value.default(null),
  }),
  begin: ({ mapping_dict, default_value }) => {
    const look = (response: string): string =>
      pythonText(Object.hasOwn(mapping_dict, response) ? mapping_dict[response]! : default_value);
    return (responses) => responses.map(look);
  },
});
