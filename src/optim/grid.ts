import { createRandom } from "../base/philox.ts";
import { optimErrors } from "./errors.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Candidate, defineOptimiser, type Space } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { fromUnit, optionPlace, toUnitBox, type UnitBox } from "./unit-box.ts";

/** Settings of the grid, as written in search files. */
export type GridSettings = {
  /** Candidates handed out at a time; changes nothing else. @default 10 */
  readonly population: number;
  /** Values of each real variable, from one bound to the other. @default 5 */
  readonly points: number;
};

/** What the grid knows; plain JSON. */
export type GridState = {
  readonly settings: GridSettings;
  readonly box: UnitBox;
  /** [N], values of each variable. */
  readonly counts: readonly number[];
  /** Point k is k·stride + offset modulo the number of points; the stride shares no divisor with it. */
  readonly stride: number;
  readonly offset: number;
  readonly nextId: number;
};

/** Numbers below are exact also after a multiplication by way of BigInt. */
const MOST_POINTS = 2 ** 50;

/**
 * Every combination of evenly spaced values and of all options, each once, in an order that the seed scatters over the
 * grid, so that a search which ends early has seen something of everything. Stops when it has asked all.
 */
export const grid = defineOptimiser<GridState, GridSettings>({
  name: "grid",
  title: "Grid",
  source: "https://www.jmlr.org/papers/v13/bergstra12a.html",

  settings(given, space) {
    assertSearchable("grid", space);
    const settings = readNumberSettings("grid", given, {
      population: { fallback: 10, range: [1, 100_000], integer: true },
      points: { fallback: 5, range: [2, 1_000_000], integer: true },
    });
    if (total(countsOf(space, settings.points)) > MOST_POINTS) {
      const allowed = `values so that the grid has at most ${MOST_POINTS} points; this one has ${space.length} variables`;
      throw optimErrors.bad_setting({ optimiser: "grid", setting: "points", got: settings.points, allowed });
    }
    return settings;
  },

  init(space, settings, seed) {
    assertSearchable("grid", space);
    const counts = countsOf(space, settings.points);
    const random = createRandom({ seed, counter: 0 });
    const size = total(counts);
    let stride = Math.max(1, Math.floor(size * (0.3 + 0.4 * random.nextUniform())));
    while (divisor(stride, size) !== 1) stride++;
    const offset = Math.floor(size * random.nextUniform());
    return { settings, box: toUnitBox(space), counts, stride, offset, nextId: 0 };
  },

  ask({ settings, box, counts, stride, offset, nextId }): readonly Candidate[] {
    const size = total(counts);
    return Array.from({ length: Math.min(settings.population, size - nextId) }, (_, i) => {
      const place = Number((BigInt(nextId + i) * BigInt(stride) + BigInt(offset)) % BigInt(size));
      return { id: nextId + i, values: fromUnit(box, pointAt(place, counts)) };
    });
  },

  tell(state, answers) {
    const { settings, counts, nextId } = state;
    const asked = Math.min(settings.population, total(counts) - nextId);
    orderedValues(answers, nextId, asked);
    return { ...state, nextId: nextId + asked };
  },

  stop({ counts, nextId }) {
    const size = total(counts);
    return nextId < size ? [] : [{ name: "grid_done", detail: `all ${size} points of the grid were asked` }];
  },
});

function countsOf(space: Space, points: number): number[] {
  return space.map(({ kind = "real", low, high }) => (kind === "real" ? points : high - low + 1));
}

function total(counts: readonly number[]): number {
  return counts.reduce((product, count) => product * count, 1);
}

/** Greatest common divisor. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

function pointAt(place: number, counts: readonly number[]): number[] {
  let rest = place;
  return counts.map((count) => {
    const option = rest % count;
    rest = Math.floor(rest / count);
    return optionPlace(option, count);
  });
}
