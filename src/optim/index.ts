import { cmaEs } from "./cma-es.ts";
import type { AnyOptimiser } from "./optimiser.ts";
import { random } from "./random.ts";

/** Every optimiser, by name, in alphabetical order. Adding one is adding a line here. */
export const OPTIMISERS: Readonly<Record<string, AnyOptimiser>> = {
  cma_es: cmaEs,
  random,
};
