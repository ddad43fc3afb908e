import { expect, it } from "vitest";
import { createGraphBuilder } from "./graph-builder.ts";
import { addCap, addIntegers, addScale } from "./scalar-nodes.ts";

function operators(write: (g: ReturnType<typeof createGraphBuilder>) => void): readonly string[] {
  const g = createGraphBuilder("test");
  write(g);
  return g.graph().nodes.map(({ operator }) => operator);
}

it("multiplies by 1 only where the product needs a name", () => {
  expect(operators((g) => void addScale(g, "x", 1))).toEqual([]);
  expect(operators((g) => void addScale(g, "x", 1, "y"))).toEqual(["Constant", "Mul"]);
  expect(operators((g) => void addScale(g, "x", 2))).toEqual(["Constant", "Mul"]);
});

it("bounds between two products", () => {
  expect(operators((g) => void addCap(g, "x", 30, "y"))).toEqual(["Constant", "Mul", "Tanh", "Constant", "Mul"]);
});

it("holds whole numbers as they are", () => {
  const g = createGraphBuilder("test");
  addIntegers(g, [-1, 5]);
  expect(g.graph().nodes[0]!.attributes).toEqual({ value_ints: { ints: [-1, 5] } });
});
