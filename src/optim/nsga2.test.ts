import { describe, expect, it } from "vitest";
import { nsga2 } from "./nsga2.ts";
import type { Answer, Space } from "./optimiser.ts";
import { hypervolume, paretoFront } from "./pareto.ts";

const SPACE: Space = Array.from({ length: 10 }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, start: 0.5 }));

/** ZDT1. */
function objectives([first = 0, ...rest]: readonly number[]): readonly [number, number] {
  const g = 1 + (9 * rest.reduce((a, b) => a + b, 0)) / rest.length;
  return [first, g * (1 - Math.sqrt(first / g))];
}

function search(toAnswer: (id: number, values: readonly number[]) => Answer, generations: number) {
  let state = nsga2.init(SPACE, nsga2.settings({}, SPACE), 2);
  for (let g = 0; g < generations; g++)
    state = nsga2.tell(
      state,
      nsga2.ask(state).map(({ id, values }) => toAnswer(id, values)),
    );
  return state.members;
}

describe("NSGA-II", () => {
  it("spreads its members along the front", () => {
    const members = search((id, values) => ({ id, value: 0, objectives: objectives(values) }), 50);
    const points = members.map((member) => member.objectives!);
    expect(paretoFront(points).length).toBeGreaterThan(10);
    // The front itself has 0.8767 of the reference's 1.1 × 1.1.
    expect(hypervolume(points, [1.1, 1.1])).toBeGreaterThan(0.7);
  });

  it("leaves points that break a constraint behind", () => {
    const members = search((id, values) => {
      return { id, value: 0, objectives: objectives(values), violation: Math.max(0, 0.5 - values[0]!) };
    }, 20);
    expect(members.every(({ violation }) => violation === 0)).toBe(true);
    expect(members.every(({ point }) => point[0]! >= 0.5)).toBe(true);
  });
});
