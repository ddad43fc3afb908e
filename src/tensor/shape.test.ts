import { expect, it } from "vitest";
import { elementCount, formatShape, sameShape } from "./shape.ts";

it("counts elements, one for a scalar and none for an empty axis", () => {
  expect(elementCount([690, 128])).toBe(88_320);
  expect(elementCount([])).toBe(1);
  expect(elementCount([3, 0])).toBe(0);
});

it("compares axis by axis", () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2], [2, 1])).toBe(false);
});

it("is written for people in brackets", () => expect(formatShape([2, 3])).toBe("[2, 3]"));
