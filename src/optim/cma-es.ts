import { createRandom, type RandomState } from "../base/philox.ts";
import { cmaParameters, defaultPopulation } from "./cma-parameters.ts";
import { type CmaHistory, type CmaLimits, cmaStopReasons, EMPTY_HISTORY, extendHistory } from "./cma-stop.ts";
import { type CmaDistribution, samplePoint, updateDistribution } from "./cma-update.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";

/** Settings of CMA-ES, as written in search files. */
export type CmaSettings = CmaLimits & {
  /** First standard deviation, as a share of each variable's range. @default 0.2 */
  readonly sigma: number;
  /** Candidates a generation, P. @default 4 + ⌊3 ln N⌋ */
  readonly population: number;
};

/** Everything CMA-ES knows; plain JSON. The distribution lives in the unit box. */
export type CmaState = {
  readonly settings: CmaSettings;
  readonly box: UnitBox;
  readonly distribution: CmaDistribution;
  readonly history: CmaHistory;
  /** Where the next generation's draws begin. */
  readonly random: { readonly seed: number; readonly counter: number };
  /** Id of the next candidate. */
  readonly nextId: number;
};

/** Draws of one generation: points in [0, 1]^N, and the place in the random stream after them. */
interface Generation {
  readonly points: readonly (readonly number[])[];
  readonly random: RandomState;
}

/**
 * Active CMA-ES with full covariance, for bounded continuous variables.
 *
 * A drawn point that lies outside the bounds is moved onto them, coordinate by coordinate, and the distribution learns
 * from the moved point (docs/decisions/0006-cma-es-bounds.md has the alternatives and their measurements). A
 * generation in which every evaluation failed teaches nothing: the distribution stays, new points are drawn.
 */
export const cmaEs = defineOptimiser<CmaState, CmaSettings>({
  name: "cma_es",
  title: "CMA-ES (active, full covariance)",
  source: "https://arxiv.org/abs/1604.00772",

  settings(given, space) {
    assertSearchable("cma_es", space);
    return readNumberSettings("cma_es", given, {
      sigma: { fallback: 0.2, range: [1e-6, 10] },
      population: { fallback: defaultPopulation(space.length), range: [3, 100_000], integer: true },
      tolx: { fallback: 1e-11, range: [0, 1] },
      tolfun: { fallback: 1e-11, range: [0, Number.MAX_VALUE] },
      max_condition: { fallback: 1e14, range: [1, Number.MAX_VALUE] },
    });
  },

  init(space, settings, seed) {
    assertSearchable("cma_es", space);
    const zeros = space.map(() => 0);
    const covariance = space.map((_, i) => space.map((_, j) => (i === j ? 1 : 0)));
    return {
      settings,
      box: toUnitBox(space),
      distribution: {
        mean: unitStart(space),
        sigma: settings.sigma,
        covariance,
        pathSigma: zeros,
        pathC: zeros,
        generation: 0,
      },
      history: EMPTY_HISTORY,
      random: { seed, counter: 0 },
      nextId: 0,
    };
  },

  ask(state): readonly Candidate[] {
    return drawGeneration(state).points.map((point, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, point),
    }));
  },

  tell(state, answers) {
    const { settings, distribution } = state;
    const values = orderedValues(answers, state.nextId, settings.population);
    const { points, random } = drawGeneration(state);
    const parameters = cmaParameters(distribution.mean.length, settings.population);
    return {
      ...state,
      distribution: values.every(Number.isNaN)
        ? distribution
        : updateDistribution(parameters, distribution, points, values),
      history: extendHistory(state.history, values),
      random: { seed: random.seed, counter: random.counter },
      nextId: state.nextId + settings.population,
    };
  },

  stop({ distribution, history, settings }) {
    return cmaStopReasons(distribution, symmetricEigen(distribution.covariance), history, settings);
  },
});

function drawGeneration({ distribution, settings, random }: CmaState): Generation {
  const source = createRandom(random);
  const eigen = symmetricEigen(distribution.covariance);
  const points = Array.from({ length: settings.population }, () => {
    const z = distribution.mean.map(() => source.nextNormal());
    return samplePoint(distribution, eigen, z).map((t) => Math.min(1, Math.max(0, t)));
  });
  return { points, random: source.state() };
}
