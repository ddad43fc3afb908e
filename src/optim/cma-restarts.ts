import { createRandom } from "../base/philox.ts";
import { type CmaState, cmaEs, startCma } from "./cma-es.ts";
import type { CmaSettings } from "./cma-settings.ts";
import type { Answer, Candidate, Space } from "./optimiser.ts";
import { toUnitBox, unitStart } from "./unit-box.ts";

/** A CMA-ES run and what the next one depends on; plain JSON. */
export type RestartState = {
  readonly settings: CmaSettings;
  readonly run: CmaState;
  readonly restarts: number;
  /** Population of the last run that grew. */
  readonly largePopulation: number;
  /** Whether the present run is one with a small population. */
  readonly isSmall: boolean;
  /** Evaluations spent on runs of either kind; the first run counts as neither. */
  readonly spent: { readonly large: number; readonly small: number };
};

/** Draws for restarts are taken from the far end of the seed's stream, which no run of candidates reaches. */
const RESTART_DRAWS = 2 ** 52;

/** The first run starts where the space says. */
export function initRestarting(space: Space, settings: CmaSettings, seed: number): RestartState {
  return {
    settings,
    run: startCma(settings, toUnitBox(space), unitStart(space), { seed, counter: 0 }),
    restarts: 0,
    largePopulation: settings.population,
    isSmall: false,
    spent: { large: 0, small: 0 },
  };
}

/** Asks the present run. */
export function askRestarting({ run }: RestartState): readonly Candidate[] {
  return cmaEs.ask(run);
}

/** Tells the present run, and starts another one when it has reasons to stop. */
export function tellRestarting(state: RestartState, answers: readonly Answer[], twoKinds: boolean): RestartState {
  const run = cmaEs.tell(state.run, answers);
  const { restarts, isSmall } = state;
  const { large, small } = state.spent;
  const spent =
    restarts === 0
      ? state.spent
      : { large: large + (isSmall ? 0 : answers.length), small: small + (isSmall ? answers.length : 0) };
  const told = { ...state, run, spent };
  return cmaEs.stop(run).length === 0 ? told : restart(told, twoKinds);
}

/**
 * The next run: large with twice the population, or small, whichever kind has spent less.
 *
 *     small: P = ⌊P₀ (P_large/(2 P₀))^(U²)⌋, σ = σ₀ 10^(−2U), U uniform in [0, 1)
 *
 * @source Hansen 2009, "Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed", section 2
 */
function restart(state: RestartState, twoKinds: boolean): RestartState {
  const { settings, run, spent } = state;
  const restarts = state.restarts + 1;
  const N = run.box.low.length;
  const random = createRandom({ seed: run.random.seed, counter: RESTART_DRAWS + restarts * 4 * (N + 2) });
  const start = run.box.low.map(() => random.nextUniform());
  const isSmall = twoKinds && spent.small < spent.large;
  const largePopulation = isSmall ? state.largePopulation : 2 * state.largePopulation;
  const ratio = Math.max(1, largePopulation / (2 * settings.population));
  const next = isSmall
    ? {
        population: Math.floor(settings.population * ratio ** (random.nextUniform() ** 2)),
        sigma: settings.sigma * 10 ** (-2 * random.nextUniform()),
      }
    : { population: largePopulation };
  return {
    ...state,
    run: startCma({ ...settings, ...next }, run.box, start, run.random, run.nextId),
    restarts,
    largePopulation,
    isSmall,
  };
}
