import {
  askChildren,
  type BredPopulation,
  type BreedingSettings,
  drawChildren,
  readBreedingSettings,
  startPopulation,
} from "./bred-population.ts";
import { assertSearchable } from "./number-settings.ts";
import { type Answer, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { crowdingDistances, dominates, sortFronts } from "./pareto.ts";

/** A point and its objectives; plain JSON. */
export type NsgaMember = {
  readonly point: readonly number[];
  /** [M]; null for an evaluation that failed. */
  readonly objectives: readonly number[] | null;
  /** By how much constraints are broken, from 0. */
  readonly violation: number;
};

/** Everything NSGA-II knows; members stand front by front, roomy places first. */
export type NsgaState = BredPopulation<NsgaMember>;

/**
 * Looks for the front of several objectives. A point that breaks no constraint beats one that does; of two that do, the
 * one that breaks them less.
 */
export const nsga2 = defineOptimiser<NsgaState, BreedingSettings>({
  name: "nsga2",
  title: "NSGA-II (several objectives)",
  source: "https://doi.org/10.1109/4235.996017",

  settings(given, space) {
    return readBreedingSettings("nsga2", given, space);
  },

  init(space, { population }, seed) {
    assertSearchable("nsga2", space);
    return startPopulation(space, population, seed);
  },

  ask: askChildren,

  tell(state, answers) {
    orderedValues(answers, state.nextId, state.population);
    const { points, random } = drawChildren(state);
    const sorted = answers.toSorted((a, b) => a.id - b.id);
    const children = points.map((point, i) => toMember(point, sorted[i]!));
    const members = survivors([...state.members, ...children], state.population);
    return { ...state, members, random, nextId: state.nextId + state.population };
  },

  stop() {
    return [];
  },
});

function toMember(point: readonly number[], { value, objectives = [value], violation = 0 }: Answer): NsgaMember {
  const measured = objectives.every(Number.isFinite) && Number.isFinite(violation);
  return { point, objectives: measured ? [...objectives] : null, violation: measured ? violation : 0 };
}

function beats(a: NsgaMember, b: NsgaMember): boolean {
  if (a.objectives === null || b.objectives === null) return a.objectives !== null && b.objectives === null;
  if (a.violation > 0 || b.violation > 0) return a.violation < b.violation;
  return dominates(a.objectives, b.objectives);
}

/** Whole fronts as long as they fit, then the members of the next one with most room. */
function survivors(members: readonly NsgaMember[], count: number): NsgaMember[] {
  const fronts = sortFronts(members.length, (a, b) => beats(members[a]!, members[b]!));
  const ordered = fronts.flatMap((front) => {
    const distances = crowdingDistances(front.map((i) => members[i]!.objectives ?? []));
    const order = [...front.keys()].sort((a, b) => roomier(distances[a]!, distances[b]!));
    return order.map((place) => members[front[place]!]!);
  });
  return ordered.slice(0, count);
}

/** Two infinite distances are equal. */
function roomier(a: number, b: number): number {
  return a === b ? 0 : b - a;
}
