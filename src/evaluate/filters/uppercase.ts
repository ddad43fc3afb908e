import { z } from "zod";
import { defineFilter } from "./filter.ts";

/** Turns each response to upper case. */
export const uppercase = defineFilter({
  name: "uppercase",
  title: "Turns each response to upper case.",
  settings: z.strictObject({}),
  begin: () => (responses) => responses.map((response) => response.toUpperCase()),
});
