import { describe, expect, it } from "vitest";
import { grid } from "./grid.ts";
import type { Space } from "./optimiser.ts";

const SPACE: Space = [
  { name: "x", low: -1, high: 1, start: 0 },
  { name: "k", kind: "choice", low: 2, high: 4, start: 2 },
];

describe("the grid", () => {
  it("asks every point once, then stops", () => {
    let state = grid.init(SPACE, grid.settings({ points: 5, population: 4 }, SPACE), 7);
    const seen: string[] = [];
    while (grid.stop(state).length === 0) {
      const asked = grid.ask(state);
      seen.push(...asked.map(({ values }) => values.join(" ")));
      state = grid.tell(
        state,
        asked.map(({ id }) => ({ id, value: 0 })),
      );
    }
    expect(new Set(seen).size).toBe(15);
    expect(seen).toHaveLength(15);
    expect(seen).toContain("-0.5 3");
    expect(grid.ask(state)).toEqual([]);
  });

  it("begins scattered over the grid", () => {
    const state = grid.init(SPACE, grid.settings({ population: 6 }, SPACE), 1);
    expect(new Set(grid.ask(state).map(({ values }) => values[0])).size).toBeGreaterThan(2);
  });

  it("refuses grids that nobody could count", () => {
    const wide = Array.from({ length: 40 }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, start: 0 }));
    expect(() => grid.settings({}, wide)).toThrow(expect.objectContaining({ code: "optim/bad_setting" }));
  });
});
