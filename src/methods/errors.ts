import { defineErrors } from "../base/errors.ts";

/** Errors of merge methods and their settings. */
export const methodErrors = defineErrors("methods", "input", {
  unknown_method: (d: { name: string; known: readonly string[]; nearest: string | undefined }) =>
    `no merge method is called "${d.name}"${d.nearest ? `; did you mean "${d.nearest}"?` : ""} ` +
    `(known: ${d.known.join(", ")})`,
  epsilon_out_of_range: (d: { density: number; epsilon: number }) =>
    `density ${d.density} with epsilon ${d.epsilon}: both density - epsilon and density + epsilon must lie between 0 and 1; ` +
    `use an epsilon below ${Math.max(0, Math.min(d.density, 1 - d.density))}`,
});
