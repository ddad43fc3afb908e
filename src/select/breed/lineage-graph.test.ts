import { expect, it } from "vitest";
import type { BredModel } from "./breed.ts";
import { drawLineage } from "./lineage-graph.ts";

const model = (name: string, generation: number, parents: readonly string[], score: number | undefined): BredModel => ({
  ...{ name, generation, parents, score, values: [], failure: undefined },
  role: parents.length === 0 ? "foundation" : "pair",
  kinship: parents.length === 0 ? Number.NaN : -0.02,
  gain: parents.length === 0 ? Number.NaN : 0.5,
});

it("draws a box for each model and a line to each parent", () => {
  const svg = drawLineage(
    [model("a<b", 0, [], 1), model("c", 0, [], undefined), model("1-1", 1, ["a<b", "c"], 1.5)],
    "1-1",
  );
  expect(svg.match(/<path /g)).toHaveLength(2);
  expect(svg.match(/rx="6"/g)).toHaveLength(3);
  expect(svg).toContain("1.500  +0.500  κ −0.02");
  expect(svg).toContain("a&lt;b");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});
