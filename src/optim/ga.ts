import {
  askChildren,
  type BredPopulation,
  type BreedingSettings,
  drawChildren,
  readBreedingSettings,
  startPopulation,
} from "./bred-population.ts";
import { assertSearchable } from "./number-settings.ts";
import { defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { type Member, sortMembers, toMembers } from "./population-member.ts";

/** Everything the genetic algorithm knows. */
export type GaState = BredPopulation<Member>;

/** Parents of tournaments, children beside them, and the better half goes on. The first population has the start in it. */
export const ga = defineOptimiser<GaState, BreedingSettings>({
  name: "ga",
  title: "Genetic algorithm",
  source: "https://www.complex-systems.com/abstracts/v09_i02_a02/",

  settings(given, space) {
    return readBreedingSettings("ga", given, space);
  },

  init(space, { population }, seed) {
    assertSearchable("ga", space);
    return startPopulation(space, population, seed);
  },

  ask: askChildren,

  tell(state, answers) {
    const values = orderedValues(answers, state.nextId, state.population);
    const { points, random } = drawChildren(state);
    const members = sortMembers([...state.members, ...toMembers(points, values)]).slice(0, state.population);
    return { ...state, members, random, nextId: state.nextId + state.population };
  },

  stop() {
    return [];
  },
});
