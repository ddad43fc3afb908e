import { createRandom, type RandomState } from "../base/philox.ts";
import {
  type CategoryDistribution,
  drawOption,
  optionMargin,
  startCategories,
  updateCategories,
} from "./categories.ts";
import { startDistribution } from "./cma-es.ts";
import { cmaParameters, defaultPopulation } from "./cma-parameters.ts";
import { type CmaSettings, readCmaSettings } from "./cma-settings.ts";
import { type CmaHistory, cmaStopReasons, EMPTY_HISTORY, extendHistory } from "./cma-stop.ts";
import { type CmaDistribution, samplePoint, updateDistribution } from "./cma-update.ts";
import { assertSearchable } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { rankValues } from "./rank-values.ts";
import { joinSplit, type SpaceSplit, splitSpace, startProbabilities } from "./space-split.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { clampUnit, fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";

/** Everything CatCMA knows; plain JSON, in the unit box. */
export type CatCmaState = {
  readonly settings: CmaSettings;
  readonly box: UnitBox;
  readonly split: SpaceSplit;
  /** Of the numbers. */
  readonly distribution: CmaDistribution;
  /** Of the choices. */
  readonly categories: CategoryDistribution;
  readonly history: CmaHistory;
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

interface MixedGeneration {
  /** [P][numbers] and [P][choices]. */
  readonly numbers: readonly (readonly number[])[];
  readonly options: readonly (readonly number[])[];
  readonly random: RandomState;
}

/** A normal distribution for numbers beside a categorical one for choices, both led by the same ranking. Bounds as in `cma_es`. */
export const catCma = defineOptimiser<CatCmaState, CmaSettings>({
  name: "cat_cma",
  title: "CatCMA",
  source: "https://arxiv.org/abs/2405.09962",

  settings(given, space) {
    assertSearchable("cat_cma", space);
    return readCmaSettings("cat_cma", given, defaultPopulation(space.length));
  },

  init(space, settings, seed) {
    assertSearchable("cat_cma", space);
    const split = splitSpace(space);
    const start = unitStart(space);
    return {
      settings,
      box: toUnitBox(space),
      split,
      distribution: startDistribution(
        split.numbers.map((i) => start[i]!),
        settings.sigma,
      ),
      categories: startCategories(startProbabilities(space, split, marginsOf(split))),
      history: EMPTY_HISTORY,
      random: { seed, counter: 0 },
      nextId: 0,
    };
  },

  ask(state): readonly Candidate[] {
    const { numbers, options } = drawGeneration(state);
    return numbers.map((row, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, joinSplit(state.split, row, options[i]!)),
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
    // While choices can still change, small steps of the numbers mean nothing.
    const reasons =
      distribution.mean.length === 0
        ? []
        : cmaStopReasons(distribution, symmetricEigen(distribution.covariance), history, settings);
    return reasons.filter(({ name }) => name === "tolfun" || name === "stagnation");
  },
});

function learn(
  { settings, split, distribution, categories }: CatCmaState,
  { numbers, options }: MixedGeneration,
  values: readonly number[],
): Pick<CatCmaState, "distribution" | "categories"> {
  const N = split.numbers.length;
  const parameters = cmaParameters(Math.max(1, N), settings.population);
  const weights = parameters.weights.map((w) => Math.max(0, w));
  const order = rankValues(values).slice(0, Math.floor(settings.population / 2));
  const chosen = order.map((i) => options[i]!);
  return {
    distribution:
      N === 0 ? distribution : updateDistribution({ ...parameters, weights }, distribution, numbers, values),
    categories:
      split.choices.length === 0
        ? categories
        : updateCategories(categories, chosen, weights.slice(0, order.length), marginsOf(split)),
  };
}

function marginsOf({ choices, options }: SpaceSplit): readonly number[] {
  return options.map((K) => optionMargin(choices.length, K));
}

function drawGeneration({ distribution, categories, settings, random }: CatCmaState): MixedGeneration {
  const source = createRandom(random);
  const eigen = distribution.mean.length === 0 ? undefined : symmetricEigen(distribution.covariance);
  const rows = Array.from({ length: settings.population }, () => {
    const z = distribution.mean.map(() => source.nextNormal());
    const numbers = eigen === undefined ? [] : samplePoint(distribution, eigen, z).map(clampUnit);
    return { numbers, options: categories.q.map((row) => drawOption(row, source.nextUniform())) };
  });
  return {
    numbers: rows.map((row) => row.numbers),
    options: rows.map((row) => row.options),
    random: source.state(),
  };
}
