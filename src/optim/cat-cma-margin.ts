import { createRandom, type RandomState } from "../base/philox.ts";
import { boundaryPenalties, rememberSpread, type ValueSpreads } from "./boundary-penalty.ts";
import { type CategoryDistribution, drawOption, startCategories, updateCategories } from "./categories.ts";
import { startDistribution } from "./cma-es.ts";
import { cmaParameters, defaultPopulation } from "./cma-parameters.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { type CmaHistory, cmaStopReasons, EMPTY_HISTORY, extendHistory } from "./cma-stop.ts";
import { type CmaDistribution, samplePoint, updateDistribution } from "./cma-update.ts";
import { centreIntegers } from "./integer-centering.ts";
import { correctMutation } from "./mutation-margin.ts";
import { assertSearchable } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { rankValues } from "./rank-values.ts";
import { joinSplit, type SpaceSplit, splitSpace, startProbabilities } from "./space-split.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { clampUnit, fromUnit, toUnitBox, type UnitBox, unitOptions, unitStart } from "./unit-box.ts";

/** Everything CatCMA with margin knows; plain JSON, in the unit box. */
export type CatCmaMarginState = {
  readonly settings: CmaSettings;
  readonly box: UnitBox;
  readonly split: SpaceSplit;
  /** Of the numbers. */
  readonly distribution: CmaDistribution;
  /** [numbers], factors of the deviations; and chances of leaving an option, 0 for real numbers. */
  readonly scales: readonly number[];
  readonly mutationRates: readonly number[];
  /** Of the choices. */
  readonly categories: CategoryDistribution;
  readonly spreads: ValueSpreads;
  readonly history: CmaHistory;
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

interface MixedGeneration {
  /** [P][numbers], as drawn: real ones may lie outside the bounds. */
  readonly numbers: readonly (readonly number[])[];
  /** [P][choices] */
  readonly options: readonly (readonly number[])[];
  readonly random: RandomState;
}

/**
 * Real and whole numbers and choices together; whole numbers keep a chance to change. Points outside the bounds are
 * evaluated on them and ranked with a penalty, as in the paper.
 */
export const catCmaMargin = defineOptimiser<CatCmaMarginState, CmaSettings>({
  name: "cat_cma_margin",
  title: "CatCMA with margin",
  source: "https://arxiv.org/abs/2504.07884",

  settings(given, space) {
    assertSearchable("cat_cma_margin", space);
    return readCmaSettings("cat_cma_margin", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("cat_cma_margin", space);
    const split = splitSpace(space);
    const start = unitStart(space);
    const box = toUnitBox(space);
    const mean = split.numbers.map((i) => start[i]!);
    const margin = leastChance(box, split);
    const margins = split.options.map((K) => margin / (K - 1));
    return {
      settings,
      box,
      split,
      distribution: startDistribution(mean, settings.sigma),
      scales: mean.map(() => 1),
      mutationRates: split.numbers.map((i) => (unitOptions(box, i) === undefined ? 0 : 0.5 - 1e-8)),
      categories: startCategories(startProbabilities(space, split, margins)),
      spreads: [],
      history: EMPTY_HISTORY,
      random: { seed, counter: 0 },
      nextId: 0,
    };
  },

  ask(state): readonly Candidate[] {
    const { numbers, options } = drawGeneration(state);
    return numbers.map((row, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, joinSplit(state.split, row.map(clampUnit), options[i]!)),
    }));
  },

  tell(state, answers) {
    const values = orderedValues(answers, state.nextId, state.settings.population);
    const drawn = drawGeneration(state);
    return {
      ...state,
      ...(values.every(Number.isNaN) ? {} : learn(state, drawn, values)),
      history: extendHistory(state.history, values),
      random: { seed: drawn.random.seed, counter: drawn.random.counter },
      nextId: state.nextId + state.settings.population,
    };
  },

  stop({ distribution, history, settings }) {
    const reasons =
      distribution.mean.length === 0
        ? []
        : cmaStopReasons(distribution, symmetricEigen(distribution.covariance), history, settings);
    return reasons.filter(({ name }) => name === "tolfun" || name === "stagnation");
  },
});

/** The chance that every discrete variable keeps of changing. */
function leastChance(box: UnitBox, { numbers, choices }: SpaceSplit): number {
  const discrete = numbers.filter((i) => unitOptions(box, i) !== undefined).length + choices.length;
  return 1 - 0.73 ** (1 / Math.max(1, discrete));
}

type Learned = Pick<CatCmaMarginState, "distribution" | "scales" | "mutationRates" | "categories" | "spreads">;

function learn(state: CatCmaMarginState, drawn: MixedGeneration, values: readonly number[]): Learned {
  const { settings, split, box } = state;
  const N = split.numbers.length;
  const parents = Math.floor(settings.population / 2);
  const { weights } = cmaParameters(Math.max(1, N), settings.population);
  const { order, spreads } = rankWithPenalty(state, drawn, values);
  const numbers =
    N === 0
      ? state
      : learnNumbers(
          state,
          order.map((i) => drawn.numbers[i]!),
        );
  const margin = leastChance(box, split);
  const categories =
    split.choices.length === 0
      ? state.categories
      : updateCategories(
          state.categories,
          order.slice(0, parents).map((i) => drawn.options[i]!),
          weights.slice(0, parents),
          split.options.map((K) => margin / (K - 1)),
          1e-8,
        );
  const { distribution, scales, mutationRates } = numbers;
  return { distribution, scales, mutationRates, categories, spreads };
}

function rankWithPenalty(
  { split, box, distribution, scales, settings, spreads: before }: CatCmaMarginState,
  { numbers }: MixedGeneration,
  values: readonly number[],
): { readonly order: readonly number[]; readonly spreads: ValueSpreads } {
  const first = rankValues(values);
  const N = split.numbers.length;
  if (N === 0) return { order: first, spreads: before };
  const spreads = rememberSpread(
    before,
    values.filter((value) => !Number.isNaN(value)),
    20 + Math.ceil((3 * N) / settings.population),
  );
  const isReal = split.numbers.map((i) => unitOptions(box, i) === undefined);
  const low = isReal.map((real) => (real ? 0 : Number.NEGATIVE_INFINITY));
  const high = isReal.map((real) => (real ? 1 : Number.POSITIVE_INFINITY));
  const { muEff } = cmaParameters(N, settings.population);
  const penalties = boundaryPenalties({ distribution, scales, low, high, muEff }, numbers, spreads);
  const order = rankValues(first.map((i) => values[i]! + penalties[i]!)).map((place) => first[place]!);
  return { order, spreads };
}

/** @param ranked - [P][numbers], best first. */
function learnNumbers(
  { settings, split, box, distribution, scales, mutationRates }: CatCmaMarginState,
  ranked: readonly (readonly number[])[],
): Pick<CatCmaMarginState, "distribution" | "scales" | "mutationRates"> {
  const parents = Math.floor(settings.population / 2);
  const { mean } = distribution;
  const optionsOf = split.numbers.map((i) => unitOptions(box, i));
  const discrete = [...mean.keys()].filter((j) => optionsOf[j] !== undefined);
  const nearest = (i: number, value: number): number => nearestOption(optionsOf[discrete[i]!]!, value);
  const centred = centreIntegers(ranked.slice(0, parents), mean, discrete, nearest);
  const moved = [...centred.points, ...ranked.slice(parents)].map((point) =>
    point.map((v, j) => (v - mean[j]!) / scales[j]! + mean[j]!),
  );
  const parameters = cmaParameters(mean.length, settings.population);
  const next = updateDistribution(parameters, distribution, moved, [...moved.keys()]);
  const margin = leastChance(box, split);
  const corrected = next.mean.map((m, j) => {
    const options = optionsOf[j];
    if (options === undefined) return { mean: m, scale: scales[j]!, mutationRate: 0 };
    const deviation = next.sigma * Math.sqrt(Math.max(next.covariance[j]![j]!, 1e-30));
    const succeeded = centred.succeeded[discrete.indexOf(j)]!;
    return correctMutation(
      { mean: m, deviation, scale: scales[j]!, options, mutationRate: mutationRates[j]!, succeeded },
      margin,
    );
  });
  return {
    distribution: { ...next, mean: corrected.map((one) => one.mean) },
    scales: corrected.map((one) => one.scale),
    mutationRates: corrected.map((one) => one.mutationRate),
  };
}

function nearestOption(options: readonly number[], value: number): number {
  return options.find((option, k) => k + 1 === options.length || value <= (option + options[k + 1]!) / 2)!;
}

function drawGeneration({ distribution, categories, scales, settings, random }: CatCmaMarginState): MixedGeneration {
  const source = createRandom(random);
  const { mean } = distribution;
  const eigen = mean.length === 0 ? undefined : symmetricEigen(distribution.covariance);
  const rows = Array.from({ length: settings.population }, () => {
    const z = mean.map(() => source.nextNormal());
    const plain = eigen === undefined ? [] : samplePoint(distribution, eigen, z);
    const numbers = plain.map((x, j) => mean[j]! + scales[j]! * (x - mean[j]!));
    return { numbers, options: categories.q.map((row) => drawOption(row, source.nextUniform())) };
  });
  return {
    numbers: rows.map((row) => row.numbers),
    options: rows.map((row) => row.options),
    random: source.state(),
  };
}
