import { defaultPopulation } from "./cma-parameters.ts";
import { askRestarting, initRestarting, type RestartState, tellRestarting } from "./cma-restarts.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { assertSearchable } from "./number-settings.ts";
import { defineOptimiser } from "./optimiser.ts";

/** CMA-ES with restarts of two kinds, at equal cost: with twice the population, and with small populations and steps. */
export const bipopCmaEs = defineOptimiser<RestartState, CmaSettings>({
  name: "bipop_cma_es",
  title: "CMA-ES with restarts of two kinds (BIPOP)",
  source: "https://doi.org/10.1145/1570256.1570333",

  settings(given, space) {
    assertSearchable("bipop_cma_es", space);
    return readCmaSettings("bipop_cma_es", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("bipop_cma_es", space);
    return initRestarting(space, settings, seed);
  },

  ask: askRestarting,
  tell: (state, answers) => tellRestarting(state, answers, true),

  stop() {
    return [];
  },
});
