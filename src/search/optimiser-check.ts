import type { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { OPTIMISERS } from "../optim/index.ts";
import { candidateSpace } from "./candidate-space.ts";
import { searchErrors } from "./errors.ts";
import type { FileCheck } from "./file-check.ts";
import { withLayerGroups } from "./layer-groups.ts";
import type { KeyPath } from "./located-yaml.ts";
import type { Search } from "./search.ts";

/** Settings are checked before the models are open; which of them are allowed does not depend on the depth. */
const LIKELY_LAYERS = 8;

/**
 * Checks that a search's optimiser exists and takes its settings and variables.
 *
 * @param path - of the optimiser in the file.
 */
export function checkOptimiser(search: Search, path: KeyPath, { yaml, problems }: FileCheck): void {
  const { name, settings } = search.optimiser;
  const optimiser = Object.hasOwn(OPTIMISERS, name) ? OPTIMISERS[name] : undefined;
  if (optimiser === undefined) {
    const known = Object.keys(OPTIMISERS);
    const where = yaml.whereIs([...path, "name"]);
    problems.push(searchErrors.unknown_optimiser({ where, optimiser: name, nearest: nearestName(name, known), known }));
    return;
  }
  if (problems.length > 0) return;
  try {
    optimiser.settings(
      settings,
      candidateSpace(withLayerGroups(search, LIKELY_LAYERS), LIKELY_LAYERS, undefined).variables,
    );
  } catch (error) {
    const { message, details } = error as CodedError;
    const where = yaml.whereIs([...path, String(details["setting"])]);
    problems.push(searchErrors.bad_optimiser_setting({ where, problem: message }, error));
  }
}
