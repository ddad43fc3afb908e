import { expect, it } from "vitest";
import { drawHeatMap } from "./heat-map.ts";

const map = {
  models: ["zoo/models/<ja>", "b", "c"],
  base: "base",
  metric: "cosine",
  matrix: [
    [1, -0.5, Number.NaN],
    [-0.5, 1, 0.001],
    [Number.NaN, 0.001, 1],
  ],
  tree: { left: 2, right: { left: 0, right: 1, height: 1.5 }, height: 2 },
} as const;

it("writes every cell's value, in the order of the tree, and escapes names", () => {
  const svg = drawHeatMap(map);
  const titles = [...svg.matchAll(/<g><title>([^<]*)<\/title>/g)].map(([, title]) => title);
  expect(titles.slice(0, 3)).toEqual(["c and c: 1.00", "c and zoo/models/&lt;ja&gt;: –", "c and b: 0.00"]);
  expect(titles).toHaveLength(9);
  expect(svg).toContain("−0.50");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

it("draws one model, and distances", () => {
  const one = drawHeatMap({ ...map, models: ["a"], metric: "euclidean", matrix: [[0]], tree: 0 });
  expect(one).toMatch(/^<svg [^>]*>/);
  expect(one).not.toMatch(/NaN|undefined|Infinity/);
});
