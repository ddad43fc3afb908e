import { createRandom } from "../base/philox.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { type Member, sortMembers, toMembers } from "./population-member.ts";
import { fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";
import { breed, drawPoint, USUAL_RATES } from "./variation.ts";

/** Settings of the genetic algorithm, as written in search files. */
export type GaSettings = {
  /** Members, and children a generation. @default 20 */
  readonly population: number;
};

/** Everything the genetic algorithm knows; plain JSON, in the unit box. */
export type GaState = {
  readonly population: number;
  readonly box: UnitBox;
  readonly start: readonly number[];
  /** Best first; empty before the first answers. */
  readonly members: readonly Member[];
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

/** Parents of tournaments, children beside them, and the better half goes on. The first population has the start in it. */
export const ga = defineOptimiser<GaState, GaSettings>({
  name: "ga",
  title: "Genetic algorithm",
  source: "https://www.complex-systems.com/abstracts/v09_i02_a02/",

  settings(given, space) {
    assertSearchable("ga", space);
    return readNumberSettings("ga", given, { population: { fallback: 20, range: [2, 100_000], integer: true } });
  },

  init(space, { population }, seed) {
    assertSearchable("ga", space);
    const random = { seed, counter: 0 };
    return { population, box: toUnitBox(space), start: unitStart(space), members: [], random, nextId: 0 };
  },

  ask(state): readonly Candidate[] {
    const { points } = drawGeneration(state);
    return points.map((point, i) => ({ id: state.nextId + i, values: fromUnit(state.box, point) }));
  },

  tell(state, answers) {
    const values = orderedValues(answers, state.nextId, state.population);
    const { points, random } = drawGeneration(state);
    const members = sortMembers([...state.members, ...toMembers(points, values)]).slice(0, state.population);
    return { ...state, members, random, nextId: state.nextId + state.population };
  },

  stop() {
    return [];
  },
});

function drawGeneration({ population, box, start, members, random: place }: GaState): {
  readonly points: readonly (readonly number[])[];
  readonly random: GaState["random"];
} {
  const random = createRandom(place);
  // Members are sorted, so of two places the lower one wins.
  const pick = (): readonly number[] =>
    members[Math.min(random.nextBelow(members.length), random.nextBelow(members.length))]!.point;
  const points = Array.from({ length: population }, (_, i) => {
    if (members.length > 0) return breed(pick(), pick(), { box, random, rates: USUAL_RATES });
    const drawn = drawPoint(box, random);
    return i === 0 ? start : drawn;
  });
  const { seed, counter } = random.state();
  return { points, random: { seed, counter } };
}
