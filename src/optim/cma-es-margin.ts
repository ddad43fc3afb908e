import { createRandom, type RandomState } from "../base/philox.ts";
import { startDistribution } from "./cma-es.ts";
import { cmaParameters, defaultPopulation } from "./cma-parameters.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { type CmaHistory, cmaStopReasons, EMPTY_HISTORY, extendHistory } from "./cma-stop.ts";
import { type CmaDistribution, samplePoint, updateDistribution } from "./cma-update.ts";
import { correctMargin } from "./margin.ts";
import { assertSearchable } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { clampUnit, fromUnit, toUnitBox, type UnitBox, unitOptions, unitStart } from "./unit-box.ts";

/** Everything CMA-ES with margin knows; plain JSON, in the unit box. */
export type CmaMarginState = {
  readonly settings: CmaSettings;
  readonly box: UnitBox;
  readonly distribution: CmaDistribution;
  /** [N], factors of the discrete variables' deviations when they are rounded; 1 for real ones. */
  readonly scales: readonly number[];
  readonly history: CmaHistory;
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

/**
 * CMA-ES for real and whole numbers: a discrete variable always keeps a chance of 1/(N P) to change. Choices are
 * treated as ordered; with more than two options `cat_cma` is the better tool. Bounds as in `cma_es`.
 */
export const cmaEsMargin = defineOptimiser<CmaMarginState, CmaSettings>({
  name: "cma_es_margin",
  title: "CMA-ES with margin",
  source: "https://arxiv.org/abs/2205.13482",

  settings(given, space) {
    assertSearchable("cma_es_margin", space);
    return readCmaSettings("cma_es_margin", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("cma_es_margin", space);
    return {
      settings,
      box: toUnitBox(space),
      distribution: startDistribution(unitStart(space), settings.sigma),
      scales: space.map(() => 1),
      history: EMPTY_HISTORY,
      random: { seed, counter: 0 },
      nextId: 0,
    };
  },

  ask(state): readonly Candidate[] {
    const { mean } = state.distribution;
    const round = (x: number, j: number): number => clampUnit(mean[j]! + state.scales[j]! * (x - mean[j]!));
    return drawGeneration(state).points.map((point, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, point.map(round)),
    }));
  },

  tell(state, answers) {
    const { settings, distribution } = state;
    const values = orderedValues(answers, state.nextId, settings.population);
    const { points, random } = drawGeneration(state);
    const parameters = cmaParameters(distribution.mean.length, settings.population);
    const moved = values.every(Number.isNaN)
      ? { distribution, scales: state.scales }
      : keepMargins(state, updateDistribution(parameters, distribution, points, values));
    return {
      ...state,
      ...moved,
      history: extendHistory(state.history, values),
      random: { seed: random.seed, counter: random.counter },
      nextId: state.nextId + settings.population,
    };
  },

  stop({ distribution, history, settings }) {
    return cmaStopReasons(distribution, symmetricEigen(distribution.covariance), history, settings);
  },
});

function keepMargins(
  { box, scales, settings }: CmaMarginState,
  distribution: CmaDistribution,
): Pick<CmaMarginState, "distribution" | "scales"> {
  const { mean, sigma, covariance } = distribution;
  const margin = 1 / (mean.length * settings.population);
  const corrected = mean.map((m, j) => {
    const options = unitOptions(box, j);
    if (options === undefined) return { mean: m, scale: scales[j]! };
    const deviation = sigma * Math.sqrt(Math.max(covariance[j]![j]!, 1e-30));
    return correctMargin({ mean: m, deviation, scale: scales[j]!, options }, margin);
  });
  return {
    distribution: { ...distribution, mean: corrected.map((one) => one.mean) },
    scales: corrected.map((one) => one.scale),
  };
}

/** Real coordinates are moved onto the bounds; discrete ones are learned from as they were drawn. */
function drawGeneration({ distribution, settings, random, box }: CmaMarginState): {
  readonly points: readonly (readonly number[])[];
  readonly random: RandomState;
} {
  const source = createRandom(random);
  const eigen = symmetricEigen(distribution.covariance);
  const points = Array.from({ length: settings.population }, () => {
    const z = distribution.mean.map(() => source.nextNormal());
    return samplePoint(distribution, eigen, z).map((t, j) => (unitOptions(box, j) === undefined ? clampUnit(t) : t));
  });
  return { points, random: source.state() };
}
