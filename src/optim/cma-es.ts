import { createRandom, type RandomState } from "../base/philox.ts";
import { cmaParameters, defaultPopulation } from "./cma-parameters.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { type CmaHistory, cmaStopReasons, EMPTY_HISTORY, extendHistory } from "./cma-stop.ts";
import { type CmaDistribution, samplePoint, updateDistribution } from "./cma-update.ts";
import { assertSearchable } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { clampUnit, fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";

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
 * Active CMA-ES with full covariance, for bounded continuous variables. Discrete ones are rounded: a bit is a number
 * with a threshold at its middle.
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
    return readCmaSettings("cma_es", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("cma_es", space);
    return startCma(settings, toUnitBox(space), unitStart(space), { seed, counter: 0 });
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

  recommend({ box, distribution: { mean, generation } }) {
    return generation === 0 ? undefined : fromUnit(box, mean.map(clampUnit));
  },

  stop({ distribution, history, settings }) {
    return cmaStopReasons(distribution, symmetricEigen(distribution.covariance), history, settings);
  },
});

/** A first state. @param start - [N] in the unit box. @param nextId - id of the first candidate. */
export function startCma(
  settings: CmaSettings,
  box: UnitBox,
  start: readonly number[],
  random: CmaState["random"],
  nextId = 0,
): CmaState {
  const distribution = startDistribution(start, settings.sigma);
  return { settings, box, distribution, history: EMPTY_HISTORY, random, nextId };
}

/** N(mean, σ²I), before the first update. */
export function startDistribution(mean: readonly number[], sigma: number): CmaDistribution {
  const zeros = mean.map(() => 0);
  const covariance = mean.map((_, i) => mean.map((_m, j) => (i === j ? 1 : 0)));
  return { mean, sigma, covariance, pathSigma: zeros, pathC: zeros, generation: 0 };
}

function drawGeneration({ distribution, settings, random }: CmaState): Generation {
  const source = createRandom(random);
  const eigen = symmetricEigen(distribution.covariance);
  const points = Array.from({ length: settings.population }, () => {
    const z = distribution.mean.map(() => source.nextNormal());
    return samplePoint(distribution, eigen, z).map(clampUnit);
  });
  return { points, random: source.state() };
}
