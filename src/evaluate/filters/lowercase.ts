import { z } from "zod";
import { defineFilter } from "./filter.ts";

/** Turns each response to lower case. */
export const lowercase = defineFilter({
  name: "lowercase",
  title: "Turns each response to lower case.",
  settings: z.strictObject({}),
  begin: () => (responses) => responses.map((response) => response.toLowerCase()),
});
