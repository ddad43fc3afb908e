import { createRandom, type RandomState } from "../base/philox.ts";
import { defaultPopulation } from "./cma-parameters.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { type CmaHistory, cmaStopReasons, EMPTY_HISTORY, extendHistory } from "./cma-stop.ts";
import { assertSearchable } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { sepCmaParameters } from "./sep-cma-parameters.ts";
import { type SeparableDistribution, updateSeparable } from "./sep-update.ts";
import { clampUnit, fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";

/** Everything separable CMA-ES knows; plain JSON, in the unit box. */
export type SepCmaState = {
  readonly settings: CmaSettings;
  readonly box: UnitBox;
  readonly distribution: SeparableDistribution;
  readonly history: CmaHistory;
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

/** CMA-ES that learns a scale for each variable and no correlations: for many variables. Bounds as in `cma_es`. */
export const sepCmaEs = defineOptimiser<SepCmaState, CmaSettings>({
  name: "sep_cma_es",
  title: "Separable CMA-ES",
  source: "https://hal.science/inria-00287367",

  settings(given, space) {
    assertSearchable("sep_cma_es", space);
    return readCmaSettings("sep_cma_es", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("sep_cma_es", space);
    const distribution = startSeparable(unitStart(space), settings.sigma);
    const random = { seed, counter: 0 };
    return { settings, box: toUnitBox(space), distribution, history: EMPTY_HISTORY, random, nextId: 0 };
  },

  ask(state): readonly Candidate[] {
    const { points } = drawGeneration(state);
    return points.map((point, i) => ({ id: state.nextId + i, values: fromUnit(state.box, point) }));
  },

  tell(state, answers) {
    const { settings, distribution } = state;
    const values = orderedValues(answers, state.nextId, settings.population);
    const { points, random } = drawGeneration(state);
    const parameters = sepCmaParameters(distribution.mean.length, settings.population);
    const next = values.every(Number.isNaN) ? distribution : updateSeparable(parameters, distribution, points, values);
    return {
      ...state,
      distribution: next,
      history: extendHistory(state.history, values),
      random: { seed: random.seed, counter: random.counter },
      nextId: state.nextId + settings.population,
    };
  },

  recommend({ box, distribution: { mean, generation } }) {
    return generation === 0 ? undefined : fromUnit(box, mean.map(clampUnit));
  },

  stop({ distribution, history, settings }) {
    const { variances } = distribution;
    const unit = variances.map((_, i) => variances.map((_v, j) => (i === j ? 1 : 0)));
    const order = [...variances.keys()].sort((a, b) => variances[a]! - variances[b]!);
    const covariance = unit.map((row, i) => row.map((entry) => entry * variances[i]!));
    const eigen = { values: order.map((i) => variances[i]!), vectors: order.map((i) => unit[i]!) };
    return cmaStopReasons({ ...distribution, covariance }, eigen, history, settings);
  },
});

/** N(mean, σ²I), before the first update. */
export function startSeparable(mean: readonly number[], sigma: number): SeparableDistribution {
  const zeros = mean.map(() => 0);
  return { mean, sigma, variances: mean.map(() => 1), pathSigma: zeros, pathC: zeros, generation: 0 };
}

function drawGeneration({ distribution, settings, random }: SepCmaState): {
  readonly points: readonly (readonly number[])[];
  readonly random: RandomState;
} {
  const source = createRandom(random);
  const { mean, sigma, variances } = distribution;
  const points = Array.from({ length: settings.population }, () =>
    mean.map((m, j) => clampUnit(m + sigma * Math.sqrt(variances[j]!) * source.nextNormal())),
  );
  return { points, random: source.state() };
}
