import { expect, it } from "vitest";
import { clusterByDistance, leavesOf } from "./cluster.ts";

it("joins the nearest first, at the mean distance", () => {
  const distances = [
    [0, 4, 1],
    [4, 0, 6],
    [1, 6, 0],
  ];
  expect(clusterByDistance(distances)).toEqual({ left: 1, right: { left: 0, right: 2, height: 1 }, height: 5 });
});

it("keeps neighbours together in the order of the leaves", () => {
  expect(leavesOf({ left: 1, right: { left: 0, right: 2, height: 1 }, height: 5 })).toEqual([1, 0, 2]);
});

it("joins what has no distance last, and leaves one model alone", () => {
  const distances = [
    [0, Number.NaN, 2],
    [Number.NaN, 0, 3],
    [2, 3, 0],
  ];
  expect(clusterByDistance(distances)).toEqual({ left: 1, right: { left: 0, right: 2, height: 2 }, height: 3 });
  expect(clusterByDistance([[0]])).toBe(0);
});
