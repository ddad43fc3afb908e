import { describe, expect, it } from "vitest";
import { cmaEs } from "./cma-es.ts";
import type { Space } from "./optimiser.ts";

const box = (N: number, start = 0.5): Space =>
  Array.from({ length: N }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, start }));

function minimise(space: Space, objective: (x: readonly number[]) => number, generations: number, given = {}) {
  let state = cmaEs.init(space, cmaEs.settings(given, space), 1);
  let best = Number.POSITIVE_INFINITY;
  for (let g = 0; g < generations && cmaEs.stop(state).length === 0; g++) {
    const answers = cmaEs.ask(state).map(({ id, values }) => ({ id, value: objective(values) }));
    best = Math.min(best, ...answers.map(({ value }) => value));
    state = cmaEs.tell(state, answers);
  }
  return { state, best, stop: cmaEs.stop(state).map(({ name }) => name) };
}

const sum = (xs: readonly number[]): number => xs.reduce((total, x) => total + x, 0);
const sphere = (x: readonly number[]): number => sum(x.map((v) => (v - 0.3) ** 2));

describe("CMA-ES", () => {
  it("takes the population of the tutorial when none is given", () => {
    expect(cmaEs.settings({}, box(8))).toMatchObject({ population: 10, sigma: 0.2 });
    expect(cmaEs.settings({ sigma: 0.1, population: 7 }, box(8))).toMatchObject({ population: 7, sigma: 0.1 });
  });

  it("recommends its mean once it has learned, inside the bounds", () => {
    const space = box(3, 0.9);
    const { state } = minimise(space, sphere, 40);
    expect(sphere(cmaEs.recommend!(state)!)).toBeLessThan(1e-4);
    expect(cmaEs.recommend!(cmaEs.init(space, cmaEs.settings({}, space), 1))).toBeUndefined();
    const outside = minimise(space, (x) => sum(x), 10);
    expect(cmaEs.recommend!(outside.state)!.every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  it("draws the pinned stream of seed 7", () => {
    const space = box(2);
    const [first, second] = cmaEs.ask(cmaEs.init(space, cmaEs.settings({}, space), 7));
    expect([first, second]).toEqual(PINNED);
  });

  it("draws the start on average, with the standard deviation asked for", () => {
    const space: Space = [{ name: "x", low: -10, high: 30, start: 10 }];
    const state = cmaEs.init(space, cmaEs.settings({ sigma: 0.05, population: 4000 }, space), 3);
    const xs = cmaEs.ask(state).map(({ values }) => values[0]!);
    const mean = sum(xs) / xs.length;
    const deviation = Math.sqrt(sum(xs.map((x) => (x - mean) ** 2)) / (xs.length - 1));
    expect(Math.abs(mean - 10)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.1);
  });

  it("finds a minimum inside the box", () => {
    expect(minimise(box(8), sphere, 150).best).toBeLessThan(1e-8);
  });

  it("finds a minimum on a corner of the box to the last bit", () => {
    expect(minimise(box(4), (x) => sum(x.map((v) => 1 - v)), 100).best).toBe(0);
  });

  it("follows a narrow valley that is not along the variables", () => {
    const rosenbrock = (x: readonly number[]): number => {
      const z = x.map((v) => 4 * v - 2);
      return sum(z.slice(1).map((b, i) => 100 * (b - z[i]! ** 2) ** 2 + (1 - z[i]!) ** 2));
    };
    expect(minimise(box(4, 0.3), rosenbrock, 400, { population: 12 }).best).toBeLessThan(1e-8);
  });

  it("keeps its distribution when a whole generation fails, and draws other points", () => {
    const space = box(3);
    const state = cmaEs.init(space, cmaEs.settings({}, space), 1);
    const failed = cmaEs.tell(
      state,
      cmaEs.ask(state).map(({ id }) => ({ id, value: Number.NaN })),
    );
    expect(failed.distribution).toEqual(state.distribution);
    expect(cmaEs.ask(failed)[0]!.values).not.toEqual(cmaEs.ask(state)[0]!.values);
  });

  it("moves away from points that fail", () => {
    const space = box(2);
    const wall = (x: readonly number[]): number => (x[0]! > 0.5 ? Number.NaN : sphere(x));
    const { state } = minimise(space, wall, 15);
    expect(state.distribution.mean[0]).toBeLessThan(0.5);
  });
});

describe("CMA-ES stops", () => {
  it("not before the first answer", () => {
    const space = box(2);
    expect(cmaEs.stop(cmaEs.init(space, cmaEs.settings({ tolx: 1 }, space), 1))).toEqual([]);
  });

  it("for tolx when its steps are small", () => {
    expect(minimise(box(3), sphere, 500, { tolx: 1e-4, tolfun: 0 }).stop).toEqual(["tolx"]);
  });

  it("for tolfun when the values no longer differ", () => {
    expect(minimise(box(3), () => 7, 500, { tolx: 0 }).stop).toContain("tolfun");
  });

  it("for the condition when one direction no longer matters", () => {
    const ridge = (x: readonly number[]): number => 1e6 * (x[0]! - 0.5) ** 2 + (x[1]! - 0.5) ** 2;
    expect(minimise(box(2, 0.4), ridge, 500, { max_condition: 100, tolfun: 0 }).stop).toContain("condition");
  });

  it("for steps that vanish beside the mean", () => {
    const { stop } = minimise(box(2), sphere, 3000, { tolx: 0, tolfun: 0 });
    expect(stop.some((name) => name.startsWith("no_effect_"))).toBe(true);
  });

  it("for stagnation when neither best nor median improve for long", () => {
    let call = 0;
    const noise = (): number => ((call++ * 7919) % 1000) / 1000;
    expect(minimise(box(2), noise, 2000, { tolx: 0, tolfun: 0 }).stop).toContain("stagnation");
  });

  it("for every reason that holds at once", () => {
    const { stop } = minimise(box(2), () => 1, 500, { tolx: 1 });
    expect(stop).toContain("tolx");
    expect(minimise(box(2), () => 1, 60, { tolx: 1e-9, tolfun: 1e300 }).stop).toContain("tolfun");
  });
});

/** Written down once; a change of it means that every stored run would go on differently. */
const PINNED = [
  { id: 0, values: [0.8747759412699156, 0.5964632044811433] },
  { id: 1, values: [0.5078245812630544, 0.6191615237324457] },
];
