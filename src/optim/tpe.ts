import { createRandom, type Random } from "../base/philox.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { drawFrom, logDensity, toMixture } from "./parzen.ts";
import { type Member, sortMembers, toMembers } from "./population-member.ts";
import { fromUnit, optionPlace, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";
import { drawPoint } from "./variation.ts";

/** Settings of TPE, as written in search files. */
export type TpeSettings = {
  /** Candidates at a time; all but one guess without knowing the others. @default 1 */
  readonly population: number;
  /** Random candidates before the first model. @default 10 */
  readonly startup: number;
  /** Draws of which the most promising is asked. @default 24 */
  readonly draws: number;
};

/** Everything TPE knows; plain JSON, in the unit box. */
export type TpeState = {
  readonly settings: TpeSettings;
  readonly box: UnitBox;
  readonly start: readonly number[];
  /** All points so far, best first. */
  readonly members: readonly Member[];
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

/** Kernels of the worse points that are kept apart; more cost time and change little. */
const MOST_GOOD = 25;

/**
 * Models good and other points by mixtures over all variables at once, and asks where the first is dense and the second
 * is not. Good are the best tenth, at most 25.
 */
export const tpe = defineOptimiser<TpeState, TpeSettings>({
  name: "tpe",
  title: "TPE (multivariate)",
  source: "https://arxiv.org/abs/2304.11127",

  settings(given, space) {
    assertSearchable("tpe", space);
    return readNumberSettings("tpe", given, {
      population: { fallback: 1, range: [1, 100_000], integer: true },
      startup: { fallback: 10, range: [1, 100_000], integer: true },
      draws: { fallback: 24, range: [1, 10_000], integer: true },
    });
  },

  init(space, settings, seed) {
    assertSearchable("tpe", space);
    const random = { seed, counter: 0 };
    return { settings, box: toUnitBox(space), start: unitStart(space), members: [], random, nextId: 0 };
  },

  ask(state): readonly Candidate[] {
    return drawGeneration(state).points.map((point, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, point),
    }));
  },

  tell(state, answers) {
    const { population } = state.settings;
    const values = orderedValues(answers, state.nextId, population);
    const { points, random } = drawGeneration(state);
    const members = sortMembers([...state.members, ...toMembers(points, values)]);
    return { ...state, members, random, nextId: state.nextId + population };
  },

  stop() {
    return [];
  },
});

interface Generation {
  readonly points: readonly (readonly number[])[];
  readonly random: TpeState["random"];
}

/** A state is both asked and told, and densities cost time. */
const DRAWN = new WeakMap<TpeState, Generation>();

function drawGeneration(state: TpeState): Generation {
  const known = DRAWN.get(state);
  if (known !== undefined) return known;
  const source = createRandom(state.random);
  const points = Array.from({ length: state.settings.population }, (_, i) => drawNext(state, state.nextId + i, source));
  const { seed, counter } = source.state();
  const generation = { points, random: { seed, counter } };
  DRAWN.set(state, generation);
  return generation;
}

function drawNext({ settings, box, start, members }: TpeState, id: number, random: Random): readonly number[] {
  const measured = members.filter(({ value }) => value !== null);
  if (id < settings.startup || measured.length < 2) {
    const drawn = drawPoint(box, random);
    // The start may lie between two options; the random point decides there.
    return id === 0 ? start.map((t, i) => (box.levels[i] === 0 ? (t + drawn[i]!) / 2 : drawn[i]!)) : drawn;
  }
  const good = Math.min(MOST_GOOD, Math.ceil(0.1 * measured.length));
  const points = members.map(({ point }) => point);
  const [better, others] = [toMixture(points.slice(0, good), box.levels), toMixture(points.slice(good), box.levels)];
  let best: { readonly point: readonly number[]; readonly promise: number } | undefined;
  for (let draw = 0; draw < settings.draws; draw++) {
    const point = drawFrom(better, random).map((t, i) => snap(t, box.levels[i]!));
    const promise = logDensity(better, point) - logDensity(others, point);
    if (best === undefined || promise > best.promise) best = { point, promise };
  }
  return best!.point;
}

function snap(t: number, levels: number): number {
  return levels === 0 ? t : optionPlace(Math.round(t * (levels - 1)), levels);
}
