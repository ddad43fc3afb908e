import { describe, expect, it } from "vitest";
import { firstBlock, isClearlyWorse, itemsOfBlock, lastBlocks, partsOfRace, type RacingValues } from "./racing.ts";

const RACING = { blocks: 4, confidence: 0.97, keep: 0.5 };
const ITEMS = Array.from({ length: 21 }, (_, i) => i);
const blocksOf = (generation: number) =>
  [0, 1, 2, 3].map((index) => itemsOfBlock(ITEMS, { ...firstBlock(RACING, generation), index }));

describe("the blocks of a race", () => {
  it.each([0, 1, 7, 30])("give every item out once, generation %i", (generation) => {
    const met = blocksOf(generation);
    expect(met.flat().toSorted((a, b) => a - b)).toEqual(ITEMS);
  });

  it("are each as large as all before them together", () => {
    const items = Array.from({ length: 120 }, (_, i) => i);
    const sizes = [0, 1, 2, 3].map((index) => itemsOfBlock(items, { index, blocks: 4, turn: 3 }).length);
    expect(sizes).toEqual([15, 15, 30, 60]);
  });

  it("begin with every part once in a round of generations", () => {
    const firsts = Array.from({ length: partsOfRace(4) }, (_, generation) => blocksOf(generation)[0]![0]!);
    expect(new Set(firsts).size).toBe(8);
    expect(lastBlocks(RACING)).toContainEqual({ ...firstBlock(RACING, 13), index: 3 });
  });

  it("are all items where there is no race", () => {
    expect(itemsOfBlock(ITEMS, undefined)).toBe(ITEMS);
  });
});

describe("a candidate", () => {
  const task = { name: "t", metric: "m", aggregation: "mean" as const, higherIsBetter: true };
  const values = (...own: readonly number[]): RacingValues => ({
    values: new Map([["t", own]]),
    items: new Map([["t", own.map((_, i) => `${i}`)]]),
  });
  const leader = values(1, 1, 1, 1, 1, 1, 1, 0, 0, 1);

  it("that lost as many items as it won is not clearly worse", () => {
    expect(isClearlyWorse([task], values(1, 1, 1, 1, 1, 1, 0, 1), leader, 0.9)).toBe(false);
  });

  it("that lost six of eight is, and the confidence decides about fewer", () => {
    expect(isClearlyWorse([task], values(0, 0, 0, 0, 0, 0, 1, 0), leader, 0.97)).toBe(true);
    expect(isClearlyWorse([task], values(0, 0, 0, 0, 1, 1, 1, 0), leader, 0.9)).toBe(true);
    expect(isClearlyWorse([task], values(0, 0, 0, 0, 1, 1, 1, 0), leader, 0.97)).toBe(false);
  });
});
