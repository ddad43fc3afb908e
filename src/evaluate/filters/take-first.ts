import { z } from "zod";
import { defineFilter } from "./filter.ts";

/** Keeps the first response. */
export const takeFirst = defineFilter({
  name: "take_first",
  title: "Keeps the first response.",
  settings: z.strictObject({}),
  begin: () => (responses) => responses.slice(0, 1),
});
