import { createRandom, type Random, type RandomState } from "../base/philox.ts";
import {
  type CategoryDistribution,
  drawOption,
  optionMargin,
  startCategories,
  updateCategories,
} from "./categories.ts";
import { cmaParameters, defaultPopulation } from "./cma-parameters.ts";
import { fitSurrogate, type MixedPoint, minimiseSurrogate, type NumberCondition } from "./conditional-surrogate.ts";
import { type MaskedSample, updateMasked } from "./masked-update.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Candidate, defineOptimiser, type Space } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { rankValues } from "./rank-values.ts";
import { drawCoefficients, type RidgePosterior } from "./ridge.ts";
import { startSeparable } from "./sep-cma-es.ts";
import type { SeparableDistribution } from "./sep-update.ts";
import { joinSplit, type SpaceSplit, splitSpace, startProbabilities } from "./space-split.ts";
import { clampUnit, fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";
import { dot } from "./vector.ts";

/** Settings of the conditional hybrid, as written in search files. */
export type HybridSettings = {
  /** First standard deviation of numbers, as a share of the range. @default 1/6 */
  readonly sigma: number;
  /** Candidates a generation, P. @default 4 + ⌊3 ln N⌋ */
  readonly population: number;
  /** Share of a generation that the surrogate proposes. @default 0.4 */
  readonly injected: number;
  /** How far the surrogate's coefficients are drawn from their mean, in standard deviations. @default 0.3 */
  readonly temperature: number;
};

/** Everything the hybrid knows; plain JSON, in the unit box. */
export type HybridState = {
  readonly settings: HybridSettings;
  readonly box: UnitBox;
  readonly split: SpaceSplit;
  /** [numbers] */
  readonly conditions: readonly NumberCondition[];
  /** Of the numbers, learned only from candidates in which they matter. */
  readonly distribution: SeparableDistribution;
  /** Of the choices. */
  readonly categories: CategoryDistribution;
  /** The newest evaluated points, oldest first. */
  readonly archive: readonly (MixedPoint & { readonly value: number })[];
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

const MOST_REMEMBERED = 1200;
/** Generations before the surrogate is asked. */
const FIRST_GENERATIONS = 2;
/** Spread around the surrogate's proposals but the first, as a share of the range, while it knows little. */
const PROPOSAL_SPREAD = 0.075;
/** Under noise the spread falls as one over the evaluations, from so many for each of the surrogate's coefficients on. */
const SPREAD_EVALUATIONS = 2;
/** Share of the values' variance that the surrogate may leave unexplained though they have no noise. */
const QUIET = 0.01;

/**
 * For choices that decide which numbers matter: whether a layer is used, and its scale if it is.
 *
 * A separable normal and a categorical distribution are learned as in CatCMA, but a number learns only from candidates
 * in which it mattered. From the third generation a share of the candidates comes from a Bayesian quadratic model of all
 * that was seen: its minimum, and minima of models drawn around it. Recommends the distributions' centre.
 */
export const conditionalHybrid = defineOptimiser<HybridState, HybridSettings>({
  name: "conditional_hybrid",
  title: "Conditional hybrid (masked separable CatCMA with surrogate proposals)",
  source: "https://arxiv.org/abs/2405.09962",

  settings(given, space) {
    assertSearchable("conditional_hybrid", space);
    return readNumberSettings("conditional_hybrid", given, {
      sigma: { fallback: 1 / 6, range: [1e-6, 0.5] },
      population: { fallback: defaultPopulation(space.length), range: [3, 100_000], integer: true },
      injected: { fallback: 0.4, range: [0, 1] },
      temperature: { fallback: 0.3, range: [0, 10] },
    });
  },

  init(space, settings, seed) {
    assertSearchable("conditional_hybrid", space);
    const split = splitSpace(space);
    const start = unitStart(space);
    return {
      settings,
      box: toUnitBox(space),
      split,
      conditions: conditionsOf(space, split),
      distribution: startSeparable(
        split.numbers.map((i) => start[i]!),
        settings.sigma,
      ),
      categories: startCategories(startProbabilities(space, split, marginsOf(split))),
      archive: [],
      random: { seed, counter: 0 },
      nextId: 0,
    };
  },

  ask(state): readonly Candidate[] {
    return drawGeneration(state).samples.map((sample, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, joinSplit(state.split, pointOf(state, sample).numbers, sample.options)),
    }));
  },

  tell(state, answers) {
    const values = orderedValues(answers, state.nextId, state.settings.population);
    const { samples, random } = drawGeneration(state);
    const told = samples.flatMap((sample, i) =>
      Number.isFinite(values[i]!) ? [{ ...pointOf(state, sample), value: values[i]! }] : [],
    );
    return {
      ...state,
      ...(values.every(Number.isNaN) ? {} : learn(state, samples, values)),
      archive: [...state.archive, ...told].slice(-MOST_REMEMBERED),
      random: { seed: random.seed, counter: random.counter },
      nextId: state.nextId + state.settings.population,
    };
  },

  stop() {
    return [];
  },

  recommend({ archive, box, split, categories, distribution }) {
    if (archive.length === 0) return undefined;
    const options = categories.q.map((row) => row.indexOf(Math.max(...row)));
    return fromUnit(box, joinSplit(split, distribution.mean.map(clampUnit), options));
  },
});

function conditionsOf(space: Space, split: SpaceSplit): readonly NumberCondition[] {
  return split.numbers.map((i) => {
    const { onlyIf } = space[i]!;
    if (onlyIf === undefined) return null;
    const { variable, equals } = onlyIf;
    return { choice: split.choices.indexOf(variable), option: equals - space[variable]!.low };
  });
}

function marginsOf({ choices, options }: SpaceSplit): readonly number[] {
  return options.map((K) => optionMargin(choices.length, K));
}

function learn(
  { settings, conditions, distribution, categories, split }: HybridState,
  samples: readonly MaskedSample[],
  values: readonly number[],
): Pick<HybridState, "distribution" | "categories"> {
  const parameters = cmaParameters(Math.max(1, distribution.mean.length), settings.population);
  const order = rankValues(values).slice(0, Math.floor(settings.population / 2));
  const ranked = order.map((i) => samples[i]!);
  const weights = parameters.weights.slice(0, ranked.length);
  return {
    distribution:
      distribution.mean.length === 0 ? distribution : updateMasked(parameters, distribution, ranked, conditions),
    categories:
      split.choices.length === 0
        ? categories
        : updateCategories(
            categories,
            ranked.map(({ options }) => options),
            weights,
            marginsOf(split),
          ),
  };
}

/** Where a sample is evaluated: on the bounds where it lies outside. */
function pointOf({ distribution }: HybridState, { step, options }: MaskedSample): MixedPoint {
  const numbers = step.map((y, j) => clampUnit(distribution.mean[j]! + distribution.sigma * y));
  return { numbers, options };
}

interface Generation {
  readonly samples: readonly MaskedSample[];
  readonly random: RandomState;
}

/** Fitting a surrogate is dear, and a state is both asked and told. */
const DRAWN = new WeakMap<HybridState, Generation>();

function drawGeneration(state: HybridState): Generation {
  const known = DRAWN.get(state);
  if (known !== undefined) return known;
  const source = createRandom(state.random);
  const { distribution, categories, settings } = state;
  const samples = Array.from({ length: settings.population }, (): MaskedSample => {
    const options = categories.q.map((row) => drawOption(row, source.nextUniform()));
    return { options, step: distribution.variances.map((v) => Math.sqrt(v) * source.nextNormal()) };
  });
  const isLate = state.nextId >= FIRST_GENERATIONS * settings.population && state.archive.length > 1;
  const proposed = isLate ? inject(state, samples, source) : samples;
  const generation = { samples: proposed, random: source.state() };
  DRAWN.set(state, generation);
  return generation;
}

/** Replaces the first samples by proposals of the surrogate. */
function inject(state: HybridState, samples: readonly MaskedSample[], random: Random): readonly MaskedSample[] {
  const { settings, archive } = state;
  const count = Math.round(settings.injected * samples.length);
  if (count === 0) return samples;
  const values = archive.map(({ value }) => value);
  const posterior = fitSurrogate(state, archive, values);
  return samples.map((sample, k) =>
    k < count ? propose(state, { posterior, sample, random, isFirst: k === 0 }) : sample,
  );
}

interface Proposal {
  readonly posterior: RidgePosterior;
  /** Whose numbers stay where they do not matter. */
  readonly sample: MaskedSample;
  readonly random: Random;
  /** The first proposal is the model's minimum itself. */
  readonly isFirst: boolean;
}

function propose(state: HybridState, { posterior, sample, random, isFirst }: Proposal): MaskedSample {
  const { archive, distribution, settings } = state;
  const spread = spreadOf(posterior, archive.length);
  const xi = posterior.mean.map(() => random.nextNormal());
  const coefficients = isFirst ? posterior.mean : drawCoefficients(posterior, xi, settings.temperature);
  const { options, numbers } = minimiseSurrogate(state, coefficients);
  const step = numbers.map((t, j) => {
    const noise = random.nextNormal();
    if (t === undefined) return sample.step[j]!;
    const at = clampUnit(isFirst ? t : t + spread * noise);
    return (at - distribution.mean[j]!) / distribution.sigma;
  });
  return { options, step: shorten(step, distribution.variances) };
}

/** Where noise hides what small steps bring, proposals away from the minimum only look better by luck. */
function spreadOf({ mean, noise }: RidgePosterior, evaluations: number): number {
  const few = (SPREAD_EVALUATIONS * mean.length) / evaluations;
  return PROPOSAL_SPREAD * Math.min(1, Math.max(few, QUIET / noise));
}

/** Keeps ‖y/√v‖ below √N + 2N/(N + 2), so that a far proposal does not tear the distribution apart. */
function shorten(step: readonly number[], variances: readonly number[]): readonly number[] {
  const N = step.length;
  if (N === 0) return step;
  const whitened = step.map((y, j) => y / Math.sqrt(variances[j]!));
  const length = Math.sqrt(dot(whitened, whitened));
  const most = Math.sqrt(N) + (2 * N) / (N + 2);
  return length > most ? step.map((y) => (y * most) / length) : step;
}
