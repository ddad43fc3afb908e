import { createRandom } from "../base/philox.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { fromUnit, optionPlace, toUnitBox, type UnitBox } from "./unit-box.ts";

/** Settings of random search, as written in search files. */
export type RandomSettings = {
  /** Candidates handed out at a time; changes nothing else. @default 10 */
  readonly population: number;
};

/** What random search knows; plain JSON. */
export type RandomState = {
  readonly population: number;
  readonly box: UnitBox;
  readonly seed: number;
  readonly nextId: number;
};

/** Uniform random search in the box: the opponent that every other optimiser has to beat. Ignores where to start. */
export const random = defineOptimiser<RandomState, RandomSettings>({
  name: "random",
  title: "Random search (uniform)",
  source: "https://www.jmlr.org/papers/v13/bergstra12a.html",
  isIndependent: true,

  settings(given, space) {
    assertSearchable("random", space);
    return readNumberSettings("random", given, {
      population: { fallback: 10, range: [1, 100_000], integer: true },
    });
  },

  init(space, { population }, seed) {
    assertSearchable("random", space);
    return { population, box: toUnitBox(space), seed, nextId: 0 };
  },

  ask({ population, box, seed, nextId }) {
    // A uniform draw takes two words, so each candidate has its own place in the stream.
    const source = createRandom({ seed, counter: nextId * box.low.length * 2 });
    const draw = (K: number): number => {
      const t = source.nextUniform();
      return K === 0 ? t : optionPlace(Math.floor(t * K), K);
    };
    return Array.from({ length: population }, (_, i) => ({
      id: nextId + i,
      values: fromUnit(box, box.levels.map(draw)),
    }));
  },

  tell(state, answers) {
    orderedValues(answers, state.nextId, state.population);
    return { ...state, nextId: state.nextId + state.population };
  },

  stop() {
    return [];
  },
});
