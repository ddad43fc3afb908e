import { z } from "zod";
import { pythonStrip } from "../python-text.ts";
import { defineFilter } from "./filter.ts";

/** Removes white space at both ends of each response. */
export const removeWhitespace = defineFilter({
  name: "remove_whitespace",
  title: "Removes white space at both ends of each response.",
  settings: z.strictObject({}),
  begin: () => (responses) => responses.map(pythonStrip),
});
