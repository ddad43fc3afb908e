import { createRandom, type Random } from "../base/philox.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import { type Answer, type Candidate, defineOptimiser } from "./optimiser.ts";
import { orderedValues } from "./ordered-answers.ts";
import { crowdingDistances, dominates, sortFronts } from "./pareto.ts";
import { fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";
import { breed, drawPoint, USUAL_RATES } from "./variation.ts";

/** Settings of NSGA-II, as written in search files. */
export type NsgaSettings = {
  /** Members, and children a generation; small, because evaluations are dear. @default 20 */
  readonly population: number;
};

/** A point and its objectives; plain JSON. */
export type NsgaMember = {
  readonly point: readonly number[];
  /** [M]; null for an evaluation that failed. */
  readonly objectives: readonly number[] | null;
  /** By how much constraints are broken, from 0. */
  readonly violation: number;
};

/** Everything NSGA-II knows; plain JSON, in the unit box. */
export type NsgaState = {
  readonly population: number;
  readonly box: UnitBox;
  readonly start: readonly number[];
  /** Front by front, roomy places first; empty before the first answers. */
  readonly members: readonly NsgaMember[];
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

/**
 * Looks for the front of several objectives. A point that breaks no constraint beats one that does; of two that do, the
 * one that breaks them less.
 */
export const nsga2 = defineOptimiser<NsgaState, NsgaSettings>({
  name: "nsga2",
  title: "NSGA-II (several objectives)",
  source: "https://doi.org/10.1109/4235.996017",

  settings(given, space) {
    assertSearchable("nsga2", space);
    return readNumberSettings("nsga2", given, { population: { fallback: 20, range: [2, 100_000], integer: true } });
  },

  init(space, { population }, seed) {
    assertSearchable("nsga2", space);
    const random = { seed, counter: 0 };
    return { population, box: toUnitBox(space), start: unitStart(space), members: [], random, nextId: 0 };
  },

  ask(state): readonly Candidate[] {
    const { points } = drawGeneration(state);
    return points.map((point, i) => ({ id: state.nextId + i, values: fromUnit(state.box, point) }));
  },

  tell(state, answers) {
    orderedValues(answers, state.nextId, state.population);
    const { points, random } = drawGeneration(state);
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

function drawGeneration({ population, box, start, members, random: place }: NsgaState): {
  readonly points: readonly (readonly number[])[];
  readonly random: NsgaState["random"];
} {
  const random = createRandom(place);
  const points = Array.from({ length: population }, (_, i) => {
    if (members.length > 0)
      return breed(tournament(members, random), tournament(members, random), { box, random, rates: USUAL_RATES });
    const drawn = drawPoint(box, random);
    return i === 0 ? start : drawn;
  });
  const { seed, counter } = random.state();
  return { points, random: { seed, counter } };
}

/** Members are sorted, so of two places the lower one wins. */
function tournament(members: readonly NsgaMember[], random: Random): readonly number[] {
  return members[Math.min(random.nextBelow(members.length), random.nextBelow(members.length))]!.point;
}
