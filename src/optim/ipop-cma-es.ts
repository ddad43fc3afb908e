import { defaultPopulation } from "./cma-parameters.ts";
import { askRestarting, initRestarting, type RestartState, tellRestarting } from "./cma-restarts.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { assertSearchable } from "./number-settings.ts";
import { defineOptimiser } from "./optimiser.ts";

/** CMA-ES that begins again from a random point with twice the population whenever it has converged. */
export const ipopCmaEs = defineOptimiser<RestartState, CmaSettings>({
  name: "ipop_cma_es",
  title: "CMA-ES with restarts and growing population (IPOP)",
  source: "https://doi.org/10.1109/CEC.2005.1554902",

  settings(given, space) {
    assertSearchable("ipop_cma_es", space);
    return readCmaSettings("ipop_cma_es", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("ipop_cma_es", space);
    return initRestarting(space, settings, seed);
  },

  ask: askRestarting,
  tell: (state, answers) => tellRestarting(state, answers, false),

  stop() {
    return [];
  },
});
