import { defineErrors } from "../base/errors.ts";

/** Errors of merge methods and their settings. */
export const methodErrors = defineErrors("methods", "input", {
  unknown_method: (d: { name: string; known: readonly string[]; nearest: string | undefined }) =>
    `no merge method is called "${d.name}"${d.nearest ? `; did you mean "${d.nearest}"?` : ""} ` +
    `(known: ${d.known.join(", ")})`,
});
