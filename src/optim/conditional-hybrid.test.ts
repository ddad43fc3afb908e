import { describe, expect, it } from "vitest";
import { createRandom } from "../base/philox.ts";
import { conditionalHybrid } from "./conditional-hybrid.ts";
import type { AnyOptimiser, Space } from "./optimiser.ts";
import { random } from "./random.ts";

const LAYERS = 12;
const SPACE: Space = [
  ...Array.from({ length: LAYERS }, (_, i) => ({
    name: `use ${i}`,
    kind: "choice" as const,
    low: 0,
    high: 1,
    start: 0.5,
  })),
  ...Array.from({ length: LAYERS }, (_, i) => ({
    name: `scale ${i}`,
    low: 0,
    high: 2,
    start: 1,
    onlyIf: { variable: i, equals: 1 },
  })),
];

/** Even layers help at the scale 0.5 + i/12, odd ones hurt; the best value is 0. */
function loss(values: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < LAYERS; i++) {
    const [used, scale] = [values[i]!, values[LAYERS + i]!];
    total += i % 2 === 0 ? (used === 1 ? (scale - 0.5 - i / LAYERS) ** 2 : 0.3) : 0.2 * used;
  }
  return total;
}

function search(
  optimiser: AnyOptimiser,
  evaluations: number,
): { best: number; state: Parameters<AnyOptimiser["tell"]>[0] } {
  let state = optimiser.init(SPACE, optimiser.settings({}, SPACE), 5);
  let best = Number.POSITIVE_INFINITY;
  for (let done = 0; done < evaluations; ) {
    const answers = optimiser.ask(state).map(({ id, values }) => ({ id, value: loss(values) }));
    best = Math.min(best, ...answers.map(({ value }) => value));
    done += answers.length;
    state = optimiser.tell(state, answers);
  }
  return { best, state };
}

describe("the conditional hybrid", () => {
  it("finds which layers to use and their scales in 200 evaluations", () => {
    expect(search(conditionalHybrid, 200).best).toBeLessThan(0.02);
    expect(search(random, 200).best).toBeGreaterThan(0.5);
  });

  it("recommends its centre, which is close too", () => {
    const { state } = search(conditionalHybrid, 400);
    const point = conditionalHybrid.recommend!(state as never)!;
    expect(loss(point)).toBeLessThan(0.1);
  });

  it("takes smaller steps from its model's minimum the more it knows of noisy values", () => {
    const reach = (generations: number): number => {
      const luck = createRandom({ seed: 2, counter: 0 });
      let state = conditionalHybrid.init(SPACE, conditionalHybrid.settings({ temperature: 0 }, SPACE), 5);
      for (let generation = 0; generation < generations; generation++) {
        const asked = conditionalHybrid.ask(state);
        state = conditionalHybrid.tell(
          state,
          asked.map(({ id, values }) => ({ id, value: loss(values) + 0.2 * luck.nextNormal() })),
        );
      }
      // The first proposal is the minimum itself; scales are compared where a layer is used.
      const [minimum, ...others] = conditionalHybrid.ask(state).slice(0, 4);
      const steps = others.flatMap(({ values }) =>
        values.slice(LAYERS).flatMap((scale, i) => (values[i] === 1 ? [scale - minimum!.values[LAYERS + i]!] : [])),
      );
      return Math.sqrt(steps.reduce((sum, step) => sum + step ** 2, 0) / steps.length);
    };
    expect(reach(50)).toBeLessThan(0.6 * reach(8));
  });

  it("recommends nothing before it knows anything", () => {
    const state = conditionalHybrid.init(SPACE, conditionalHybrid.settings({}, SPACE), 1);
    expect(conditionalHybrid.recommend!(state)).toBeUndefined();
  });
});
