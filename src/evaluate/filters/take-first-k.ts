import { z } from "zod";
import { defineFilter } from "./filter.ts";

/** Keeps the first k responses, of the `repeats` that an item has. */
export const takeFirstK = defineFilter({
  name: "take_first_k",
  title: "Keeps the first k responses.",
  settings: z.strictObject({ k: z.int("a whole number").min(1, "a whole number from 1") }),
  begin:
    ({ k }) =>
    (responses) =>
      responses.slice(0, k),
});
