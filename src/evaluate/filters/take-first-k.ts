import { z } from "zod";
import { defineFilter } from "./filter.ts";

/** Keeps the first k responses. A task gives one response an item, so that k is 1 until `repeats` may be more. */
export const takeFirstK = defineFilter({
  name: "take_first_k",
  title: "Keeps the first k responses.",
  settings: z.strictObject({ k: z.literal(1, "1, since there is one response an item") }),
  begin:
    ({ k }) =>
    (responses) =>
      responses.slice(0, k),
});
