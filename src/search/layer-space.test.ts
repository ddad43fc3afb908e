import { describe, expect, it } from "vitest";
import { layerOrders } from "./layer-space.ts";
import { roundValues } from "./parameter-space.ts";
import type { LayerSpace } from "./search.ts";

const SCALE = { low: 0.1, high: 1.9, start: 1 };
const PATH: LayerSpace = {
  ...{ kind: "path", repeats: 2, scales: "hop", scale: SCALE, mostLayers: undefined },
  ...{ startFirst: 0.9, startOthers: 0.1 },
};
const DIS: LayerSpace = { kind: "dis", repeats: 1, scale: SCALE, mostLayers: 50 };
const SURGERY: LayerSpace = { kind: "surgery", operations: ["skip", "repeat", "swap"], longest: 2 };

/** A path as `model:layer`, with `*scale` where it is not 1. */
function pathOf(space: LayerSpace, depths: readonly number[], set: Readonly<Record<number, number>> = {}): string {
  const orders = layerOrders(space, depths);
  const start = roundValues(
    orders.variables,
    orders.variables.map((variable) => variable.start),
  );
  const hops = orders.path(start.map((value, i) => set[i] ?? value));
  return hops.map(({ model, layer, scale }) => `${model}:${layer}${scale === 1 ? "" : `*${scale}`}`).join(" ");
}

describe("a search of paths", () => {
  it("has a bit and a scale for each slot, and starts at the first model", () => {
    const { variables } = layerOrders(PATH, [3, 2]);
    expect(variables).toHaveLength(20);
    expect(variables[13]).toMatchObject({ low: 0.1, high: 1.9, onlyIf: { variable: 3, equals: 1 } });
    expect(pathOf(PATH, [3, 2])).toBe("0:0 0:1 0:2");
  });

  it("takes slots in their fixed order, between the first model's ends", () => {
    expect(pathOf(PATH, [3, 2], { 4: 1, 14: 0.5, 6: 1 })).toBe("0:0 0:1 0:2 1:1*0.5 0:1 0:2");
    expect(pathOf(PATH, [3, 2], { 0: 0, 1: 0, 2: 0 })).toBe("0:0 0:2");
    expect(pathOf(PATH, [3, 2], { 7: 1 })).toBe("0:0 0:1 0:2 0:2");
  });

  it("has a scale for each pair of layers that follow each other", () => {
    const pairs: LayerSpace = { ...PATH, repeats: 1, scales: "pair" };
    expect(layerOrders(pairs, [2, 1]).variables).toHaveLength(3 + 9);
    // Model 0's layer 0 to model 1's layer 0, and from there to model 0's layer 1.
    expect(pathOf(pairs, [2, 1], { 1: 0, 2: 1, 5: 0.5, 10: 1.5 })).toBe("0:0 1:0*0.5 0:1*1.5");
  });

  it("refuses paths that are longer than allowed", () => {
    expect(() => pathOf({ ...PATH, mostLayers: 2 }, [3, 2])).toThrow(
      expect.objectContaining({ code: "search/bad_path" }),
    );
  });
});

describe("a search by position (DIS)", () => {
  it("starts at the first model, whose layer also fills empty positions", () => {
    expect(layerOrders(DIS, [2, 2]).variables).toHaveLength(2 * 4);
    expect(pathOf(DIS, [2, 2])).toBe("0:0 0:1");
    expect(pathOf(DIS, [2, 2], { 0: 0 })).toBe("0:0 0:1");
  });

  it("runs a position's blocks in the order chosen, and scales what leaves it", () => {
    expect(pathOf(DIS, [2, 2], { 1: 1, 2: 1, 3: 0.5 })).toBe("1:0 0:0 0:1*0.5");
  });

  it("counts orders that differ, not those of equal blocks", () => {
    const names = layerOrders({ ...DIS, repeats: 2 }, [1, 1]).variables.find(({ name }) => name.endsWith("order"));
    expect(names!.high).toBe(5);
    expect(layerOrders({ ...DIS, repeats: 2 }, [1]).variables.some(({ name }) => name.endsWith("order"))).toBe(false);
  });
});

describe("layer surgery", () => {
  it("leaves layers out, runs them twice, or takes them from the other model", () => {
    expect(pathOf(SURGERY, [4, 4], { 0: 0, 1: 1, 2: 2 })).toBe("0:0 0:3");
    expect(pathOf(SURGERY, [4, 4], { 0: 1, 1: 1, 2: 2 })).toBe("0:0 0:1 0:2 0:1 0:2 0:3");
    expect(pathOf(SURGERY, [4, 4], { 0: 2, 1: 3, 2: 2 })).toBe("0:0 0:1 0:2 1:3");
  });

  it("has no variable for what cannot be chosen", () => {
    expect(layerOrders({ ...SURGERY, operations: ["skip"], longest: 1 }, [4]).variables).toHaveLength(1);
  });

  it("refuses to leave nothing", () => {
    expect(() => pathOf(SURGERY, [1, 1], { 0: 0, 1: 0 })).toThrow(expect.objectContaining({ code: "search/bad_path" }));
  });
});
