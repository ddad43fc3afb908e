import { describe, expect, it } from "vitest";
import { createRandom } from "../base/philox.ts";
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

describe("the point of an order of layers", () => {
  const hopsOf = (space: LayerSpace, depths: readonly number[], values: readonly number[]) =>
    layerOrders(space, depths).path(values);
  const spaces: readonly (readonly [string, LayerSpace, readonly number[]])[] = [
    ["paths with a scale for each slot", PATH, [3, 2]],
    ["paths with a scale for each pair", { ...PATH, scales: "pair" } as LayerSpace, [3, 2]],
    ["positions", DIS, [4, 4]],
    ["changes by hand", SURGERY, [5, 5]],
  ];

  it.each(spaces)("of %s gives that order again, whatever the point", (_, space, depths) => {
    const { variables, point } = layerOrders(space, depths);
    const random = createRandom({ seed: 5, counter: 0 });
    let found = 0;
    for (let i = 0; i < 40; i++) {
      const drawn = variables.map(({ low, high, kind = "real" }) => {
        const value = low + random.nextUniform() * (high - low);
        return kind === "real" ? value : Math.round(value);
      });
      const hops = hopsOf(space, depths, roundValues(variables, drawn));
      const again = point(hops);
      if (again === undefined) continue;
      found++;
      expect(hopsOf(space, depths, again)).toEqual(hops);
    }
    // The first and last layers of a path are pinned, and what is drawn there may have no other point.
    expect(found).toBeGreaterThan(35);
  });

  it("is nothing for an order that the space does not have", () => {
    const hop = (model: number, layer: number, scale = 1) => ({ model, layer, scale });
    const path = layerOrders(PATH, [3, 2]);
    expect(path.point([hop(0, 0), hop(0, 2), hop(0, 1), hop(0, 1), hop(0, 2)])).toBeUndefined();
    expect(path.point([hop(0, 0), hop(0, 1, 7), hop(0, 2)])).toBeUndefined();
    expect(path.point([hop(1, 0), hop(0, 2)])).toBeUndefined();
    expect(
      layerOrders({ ...PATH, mostLayers: 2 } as LayerSpace, [3, 2]).point([hop(0, 0), hop(0, 1), hop(0, 2)]),
    ).toBeUndefined();
    expect(layerOrders(DIS, [2, 2]).point([hop(0, 1), hop(0, 0)])).toBeUndefined();
    expect(layerOrders(SURGERY, [3, 3]).point([hop(1, 0), hop(1, 1), hop(1, 2)])).toBeUndefined();
  });
});
