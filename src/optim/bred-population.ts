import type { Json } from "../base/canonical-json.ts";
import { createRandom } from "../base/philox.ts";
import { assertSearchable, readNumberSettings } from "./number-settings.ts";
import type { Candidate, Space } from "./optimiser.ts";
import { fromUnit, toUnitBox, type UnitBox, unitStart } from "./unit-box.ts";
import { breed, drawPoint, USUAL_RATES } from "./variation.ts";

/** Settings of an optimiser that breeds, as written in search files. */
export type BreedingSettings = {
  /** Members, and children a generation; small, because evaluations are dear. @default 20 */
  readonly population: number;
};

/** What optimisers that breed know; plain JSON, in the unit box. They differ in what a member is and in who goes on. */
export type BredPopulation<Member extends { readonly point: readonly number[] }> = {
  readonly population: number;
  readonly box: UnitBox;
  readonly start: readonly number[];
  /** Best first; empty before the first answers. */
  readonly members: readonly Member[];
  readonly random: { readonly seed: number; readonly counter: number };
  readonly nextId: number;
};

/** Reads the settings. @throws optim/unknown_setting, optim/bad_setting, and what `assertSearchable` raises */
export function readBreedingSettings(
  optimiser: string,
  given: { readonly [key: string]: Json },
  space: Space,
): BreedingSettings {
  assertSearchable(optimiser, space);
  return readNumberSettings(optimiser, given, { population: { fallback: 20, range: [2, 100_000], integer: true } });
}

/** A population without members. */
export function startPopulation(space: Space, population: number, seed: number): BredPopulation<never> {
  const random = { seed, counter: 0 };
  return { population, box: toUnitBox(space), start: unitStart(space), members: [], random, nextId: 0 };
}

/** The children as candidates. The first generation is drawn, with the start in it. */
export function askChildren(state: BredPopulation<{ readonly point: readonly number[] }>): readonly Candidate[] {
  return drawChildren(state).points.map((point, i) => ({ id: state.nextId + i, values: fromUnit(state.box, point) }));
}

/** The children of parents of tournaments, [P][N], and where the random numbers go on. */
export function drawChildren<Member extends { readonly point: readonly number[] }>({
  population,
  box,
  start,
  members,
  random: place,
}: BredPopulation<Member>): {
  readonly points: readonly (readonly number[])[];
  readonly random: BredPopulation<Member>["random"];
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
