import { expect, it } from "vitest";
import { headPlaces, jointPlaces, paddedHeadWidth, plainPlaces, turnedPlaces } from "./head-layout.ts";

it("rounds widths up to multiples of 16", () => {
  expect([2, 8, 16, 18, 64, 100].map(paddedHeadWidth)).toEqual([16, 16, 16, 32, 64, 112]);
});

it("leaves heads of a fitting width as they are", () => {
  const same = Array.from({ length: 32 }, (_, i) => i);
  expect(turnedPlaces(32, { turned: 32, pairs: "halves" })).toEqual(same);
  expect(plainPlaces(32)).toEqual(same);
});

it("pads the two halves of queries and keys apart, so that pairs stay half a head apart", () => {
  expect(turnedPlaces(6, { turned: 6, pairs: "halves" })).toEqual([0, 1, 2, 8, 9, 10]);
});

it("brings neighbours half a head apart", () => {
  expect(turnedPlaces(6, { turned: 6, pairs: "neighbours" })).toEqual([0, 8, 1, 9, 2, 10]);
});

it("puts channels that do not turn behind those that do, on both sides", () => {
  expect(turnedPlaces(16, { turned: 4, pairs: "halves" })).toEqual([
    0, 1, 8, 9, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15,
  ]);
  expect(turnedPlaces(3, { turned: 0, pairs: "halves" })).toEqual([0, 1, 2]);
});

it("places rows head by head", () => {
  expect(headPlaces([0, 8], 2, 1)).toEqual([16, 24, 32, 40]);
});

it("sorts joint matrices into queries, keys and values", () => {
  const layout = { heads: 4, kvHeads: 2, turned: [0], plain: [1] };
  expect(jointPlaces(layout, "stacked")).toEqual([0, 16, 32, 48, 64, 80, 97, 113]);
  expect(jointPlaces(layout, "by head")).toEqual([0, 16, 64, 97, 32, 48, 80, 113]);
});
