/** The laws that every optimiser keeps, on generated spaces. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, AnyOptimiser, Candidate, Space } from "../../src/optim/optimiser.ts";

/** What a contract cannot know of an optimiser. */
export interface OptimiserExpectations {
  /** On the sphere in 5 variables after 300 evaluations, random search's median loss is at least this times its own; 1 for random search itself. */
  readonly beatsRandomBy: number;
  /** Median loss of random search there, over the same seeds. */
  readonly randomLoss: number;
  /** Whether different seeds may ask the same: a grid of few points. */
  readonly seedsMayAgree?: boolean;
}

const spaces: fc.Arbitrary<Space> = fc.array(
  fc
    .record({
      low: fc.double({ min: -100, max: 100, noNaN: true }),
      width: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ low, width, at }) => {
      const high = low + width;
      return { name: "x", low, high, start: Math.min(high, low + at * width) };
    }),
  { minLength: 1, maxLength: 6 },
);
/** Real and whole numbers, choices, and numbers that matter only beside an option; the first variable is a real one. */
const mixedSpaces: fc.Arbitrary<Space> = fc
  .tuple(
    fc.array(
      fc.record({
        kind: fc.constantFrom("real" as const, "whole" as const, "choice" as const),
        low: fc.integer({ min: -5, max: 5 }),
        width: fc.integer({ min: 1, max: 4 }),
        depends: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
    fc.boolean(),
  )
  .map(([rest, numbersFirst]): Space => {
    const bit = { name: "bit", kind: "choice" as const, low: 0, high: 1, start: 0.5 };
    const real = { name: "x", low: 0, high: 2, start: 1 };
    const front: Space = numbersFirst ? [real, bit] : [bit, real];
    const bitPlace = numbersFirst ? 1 : 0;
    const more = rest.map(({ kind, low, width, depends }, i) => ({
      ...{ name: `v${i}`, kind, low, high: low + width, start: low + width / 2 },
      ...(depends && kind !== "choice" ? { onlyIf: { variable: bitPlace, equals: 1 } } : {}),
    }));
    return [...front, ...more];
  });
const seeds = fc.integer({ min: 0, max: 2 ** 40 });
const SMALL = { numRuns: 12 };

/** Loss of a candidate in the property tests: smooth, with ties now and then. */
const loss = ({ values }: Candidate): number => Math.round(values.reduce((sum, x) => sum + x * x, 0) * 4) / 4;
const answer = (candidate: Candidate): Answer => ({ id: candidate.id, value: loss(candidate) });

export function describeOptimiserContract(optimiser: AnyOptimiser, expectations: OptimiserExpectations): void {
  const start = (space: Space, seed: number) => optimiser.init(space, optimiser.settings({}, space), seed);
  const run = (space: Space, seed: number, generations: number, answers = answer) => {
    let state = start(space, seed);
    const asked: Candidate[] = [];
    for (let g = 0; g < generations; g++) {
      const candidates = optimiser.ask(state);
      asked.push(...candidates);
      state = optimiser.tell(state, candidates.map(answers));
    }
    return { state, asked };
  };
  const property = (law: string, check: (space: Space, seed: number) => void): void =>
    it.each([
      ["numbers", spaces],
      ["mixed spaces", mixedSpaces],
    ])(`${law} (%s)`, (_kind, space) => fc.assert(fc.property(space, seeds, check), SMALL));

  describe(`${optimiser.name}: contract`, () => {
    it("describes itself", () => {
      expect(optimiser.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(optimiser.title).not.toBe("");
      expect(optimiser.source).toMatch(/^https:\/\//);
    });

    property("asks the same questions for the same seed", (space, seed) => {
      expect(run(space, seed, 3)).toStrictEqual(run(space, seed, 3));
    });

    property("asks other questions for another seed", (space, seed) => {
      if (expectations.seedsMayAgree !== true)
        expect(run(space, seed, 1).asked).not.toEqual(run(space, seed + 1, 1).asked);
    });

    property("goes on from a stored state as if it had never stopped", (space, seed) => {
      const { state } = run(space, seed, 3);
      const stored = JSON.parse(JSON.stringify(state));
      expect(stored).toStrictEqual(state);
      const candidates = optimiser.ask(state);
      expect(optimiser.ask(stored)).toStrictEqual(candidates);
      expect(optimiser.tell(stored, candidates.map(answer))).toStrictEqual(
        optimiser.tell(state, candidates.map(answer)),
      );
    });

    property("keeps candidates inside the bounds and counts them", (space, seed) => {
      const { asked } = run(space, seed, 4);
      expect(asked.map(({ id }) => id)).toEqual([...asked.keys()]);
      for (const { values } of asked) {
        expect(values).toHaveLength(space.length);
        for (const [i, x] of values.entries()) {
          expect(x).toBeGreaterThanOrEqual(space[i]!.low);
          expect(x).toBeLessThanOrEqual(space[i]!.high);
          if ((space[i]!.kind ?? "real") !== "real") expect(Number.isInteger(x)).toBe(true);
        }
      }
    });

    property("does not care in which order answers come", (space, seed) => {
      const { state } = run(space, seed, 1);
      const answers = optimiser.ask(state).map(answer);
      expect(optimiser.tell(state, answers.toReversed())).toStrictEqual(optimiser.tell(state, answers));
    });

    property("changes neither state nor answers", (space, seed) => {
      const { state } = run(space, seed, 2);
      const answers = optimiser.ask(state).map(answer);
      const before = structuredClone({ state, answers });
      optimiser.tell(state, answers);
      optimiser.stop(state);
      expect({ state, answers }).toStrictEqual(before);
    });

    property("survives evaluations that fail, some or all, and infinite values", (space, seed) => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
        for (const every of [1, 2, 3]) {
          const failing = ({ id, values }: Candidate): Answer => ({
            id,
            value: id % every === 0 ? bad : loss({ id, values }),
          });
          const { state, asked } = run(space, seed, 4, failing);
          expect(asked.flatMap(({ values }) => values).every(Number.isFinite)).toBe(true);
          expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
        }
    });

    it("moves and stretches with the space", () => {
      fc.assert(fc.property(spaces, seeds, stretches), SMALL);
    });

    const stretches = (space: Space, seed: number): void => {
      const unit = space.map(({ name, low, high, start: at }) => ({
        name,
        low: 0,
        high: 1,
        start: (at - low) / (high - low),
      }));
      const first = (s: Space) => optimiser.ask(start(s, seed));
      const stretched = first(unit).map(({ values }) =>
        values.map((t, i) => space[i]!.low + t * (space[i]!.high - space[i]!.low)),
      );
      for (const [k, { values }] of first(space).entries())
        for (const [i, x] of values.entries()) expect(x).toBeCloseTo(stretched[k]![i]!, 9);
    };

    property("recommends a point of the space, if it has an opinion", (space, seed) => {
      const point = optimiser.recommend?.(run(space, seed, 3).state) ?? space.map(({ low }) => low);
      expect(point).toHaveLength(space.length);
      for (const [i, x] of point.entries()) {
        expect(x).toBeGreaterThanOrEqual(space[i]!.low);
        expect(x).toBeLessThanOrEqual(space[i]!.high);
      }
    });

    it("refuses answers that do not fit the questions", () => {
      const space = [{ name: "x", low: 0, high: 1, start: 0.5 }];
      const state = start(space, 1);
      const answers = optimiser.ask(state).map(answer);
      const wrong = [
        answers.slice(1),
        [...answers, answers[0]!],
        answers.map((a, i) => (i === 0 ? { ...a, id: a.id + 1 } : a)),
        answers.map(({ id, value }) => ({ id: id + 1, value })),
      ];
      for (const given of wrong)
        expect(() => optimiser.tell(state, given)).toThrow(expect.objectContaining({ code: "optim/wrong_answers" }));
    });

    it("refuses a space that cannot be searched and settings that it does not know", () => {
      const code = (name: string) => expect.objectContaining({ code: `optim/${name}` });
      const good = { name: "x", low: 0, high: 1, start: 0.5 };
      expect(() => optimiser.settings({}, [])).toThrow(code("empty_space"));
      for (const bad of [{ low: 1 }, { start: 2 }, { high: Number.POSITIVE_INFINITY }, { low: Number.NaN }])
        expect(() => optimiser.settings({}, [{ ...good, ...bad }])).toThrow(code("bad_variable"));
      const halves = { ...good, kind: "whole" as const, low: 0.5 };
      expect(() => optimiser.settings({}, [halves])).toThrow(code("bad_variable"));
      for (const onlyIf of [
        { variable: 0, equals: 1 },
        { variable: 7, equals: 1 },
      ])
        expect(() => optimiser.settings({}, [{ ...good, onlyIf }])).toThrow(code("bad_condition"));
      expect(() => optimiser.settings({ populaton: 4 }, [good])).toThrow(code("unknown_setting"));
      expect(() => optimiser.settings({ population: 2.5 }, [good])).toThrow(code("bad_setting"));
    });

    it(`is at least ${expectations.beatsRandomBy} times as close to the sphere's minimum as random search`, () => {
      const losses = Array.from({ length: 11 }, (_, seed) => sphereLoss(optimiser, seed));
      const median = losses.toSorted((a, b) => a - b)[5]!;
      expect(median * expectations.beatsRandomBy).toBeLessThanOrEqual(expectations.randomLoss);
    });
  });
}

/** Best loss on the sphere, minimum inside a box of 5 variables, after 300 evaluations. */
export function sphereLoss(optimiser: AnyOptimiser, seed: number): number {
  const space = Array.from({ length: 5 }, (_, i) => ({ name: `x${i}`, low: -5, high: 5, start: 3 }));
  let state = optimiser.init(space, optimiser.settings({ population: 10 }, space), seed);
  let best = Number.POSITIVE_INFINITY;
  for (let evaluations = 0; evaluations < 300 && optimiser.stop(state).length === 0; evaluations += 10) {
    const answers = optimiser.ask(state).map(({ id, values }) => ({
      id,
      value: values.reduce((sum, x, i) => sum + (x - i / 4) ** 2, 0),
    }));
    best = Math.min(best, ...answers.map(({ value }) => value));
    state = optimiser.tell(state, answers);
  }
  return best;
}
