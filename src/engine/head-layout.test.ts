import { expect, it } from "vitest";
import { channelPlaces, paddedHeadWidth } from "./head-layout.ts";

it("rounds widths up to multiples of 16", () => {
  expect([2, 8, 16, 18, 64, 100].map(paddedHeadWidth)).toEqual([16, 16, 16, 32, 64, 112]);
});

it("leaves heads of a fitting width as they are", () => {
  const same = Array.from({ length: 32 }, (_, i) => i);
  expect(channelPlaces(32, "turned")).toEqual(same);
  expect(channelPlaces(32, "plain")).toEqual(same);
});

it("pads the two halves of queries and keys apart, so that pairs stay half a head apart", () => {
  expect(channelPlaces(6, "turned")).toEqual([0, 1, 2, 8, 9, 10]);
});

it("pads values at the end", () => {
  expect(channelPlaces(6, "plain")).toEqual([0, 1, 2, 3, 4, 5]);
});
