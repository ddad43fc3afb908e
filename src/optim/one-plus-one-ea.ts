import { createRandom } from "../base/philox.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { rankValues } from "./rank-values.ts";
import { fromUnit, optionPlace, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";

/** Settings of the (1+1) evolutionary algorithm, as written in search files. */
export type EaSettings = {
  /** Children at a time; the best replaces the parent unless it is worse. @default 1 */
  readonly population: number;
  /** First step of numbers, as a share of the range. @default 0.2 */
  readonly sigma: number;
};

/** Everything the algorithm knows; plain JSON, in the unit box. */
export type EaState = {
  readonly settings: EaSettings;
  readonly box: UnitBox;
  /** [N]; which choice and which of its options lets a variable matter, or null. */
  readonly conditions: readonly ({ readonly variable: number; readonly equals: number } | null)[];
  readonly parent: readonly number[];
  /** Null before a parent was evaluated. */
  readonly value: number | null;
  /** [N] */
  readonly steps: readonly number[];
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

interface Child {
  readonly point: readonly number[];
  /** [N] */
  readonly changed: readonly boolean[];
}

const STEP_RANGE = [1e-9, 1] as const;
const GROWTH = 1.5;

/**
 * Changes each variable with chance 1/N, and keeps what is not worse. Every number has a step of its own, which grows
 * when a change of it pays and shrinks a quarter as much when it does not (the one-fifth rule).
 */
export const onePlusOneEa = defineOptimiser<EaState, EaSettings>({
  name: "one_plus_one_ea",
  title: "(1+1) evolutionary algorithm with a step for each variable",
  source: "https://doi.org/10.1023/A:1015059928466",

  settings(given, space) {
    assertSearchable("one_plus_one_ea", space);
    return readNumberSettings("one_plus_one_ea", given, {
      population: { fallback: 1, range: [1, 100_000], integer: true },
      sigma: { fallback: 0.2, range: [1e-6, 1] },
    });
  },

  init(space, settings, seed) {
    assertSearchable("one_plus_one_ea", space);
    const box = toUnitBox(space);
    return {
      settings,
      box,
      conditions: space.map(({ onlyIf }) => (onlyIf === undefined ? null : { ...onlyIf })),
      parent: unitStart(space),
      value: null,
      steps: space.map(() => settings.sigma),
      random: { seed, counter: 0 },
      nextId: 0,
    };
  },

  ask(state): readonly Candidate[] {
    return drawChildren(state).children.map(({ point }, i) => ({
      id: state.nextId + i,
      values: fromUnit(state.box, point),
    }));
  },

  tell(state, answers) {
    const values = orderedValues(answers, state.nextId, state.settings.population);
    const { children, random } = drawChildren(state);
    const [best] = rankValues(values);
    const value = values[best!]!;
    const moved = { ...state, random, nextId: state.nextId + state.settings.population };
    const isBetter = Number.isFinite(value) && (state.value === null || value <= state.value);
    const { point, changed } = children[best!]!;
    const steps = state.steps.map((step, i) => {
      if (!changed[i]!) return step;
      const next = isBetter ? step * GROWTH : step * GROWTH ** -0.25;
      return Math.min(STEP_RANGE[1], Math.max(STEP_RANGE[0], next));
    });
    return isBetter ? { ...moved, parent: point, value, steps } : { ...moved, steps };
  },

  stop() {
    return [];
  },
});

function drawChildren(state: EaState): { readonly children: readonly Child[]; readonly random: EaState["random"] } {
  const { parent, box, conditions, steps, settings } = state;
  const random = createRandom(state.random);
  const N = parent.length;
  const values = fromUnit(box, parent);
  const matters = conditions.map((one) => one === null || values[one.variable] === one.equals);
  const children = Array.from({ length: settings.population }, (): Child => {
    const forced = random.nextBelow(N);
    const draws = parent.map(() => ({
      chance: random.nextUniform(),
      normal: random.nextNormal(),
      option: random.nextUniform(),
    }));
    const changed = parent.map((_p, i) => i === forced || (matters[i]! && draws[i]!.chance < 1 / N));
    const point = parent.map((t, i) => {
      if (!changed[i]!) return t;
      const K = box.levels[i]!;
      if (K === 0) return reflect(t + steps[i]! * draws[i]!.normal);
      const other = (values[i]! - box.low[i]! + 1 + Math.floor(draws[i]!.option * (K - 1))) % K;
      return optionPlace(other, K);
    });
    return { point, changed };
  });
  const { seed, counter } = random.state();
  return { children, random: { seed, counter } };
}

/** Folds a step over a bound back inside; clamping would ask for the bound itself again and again. */
function reflect(t: number): number {
  const folded = Math.abs(t) % 2;
  return folded > 1 ? 2 - folded : folded;
}
