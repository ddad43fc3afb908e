import { expect, it } from "vitest";
import { argmax } from "./argmax.ts";

it("finds the largest value's index, counted from the start", () => {
  expect(argmax(Float32Array.of(9, 1, 5, 3, 9), 1, 4)).toBe(1);
});

it("takes the first one of equals", () => {
  expect(argmax(Float32Array.of(-1, 2, 2), 0, 3)).toBe(1);
});

it("knows infinities", () => {
  expect(argmax(Float32Array.of(-Infinity, -3, -Infinity), 0, 3)).toBe(1);
  expect(argmax(Float32Array.of(1, Infinity), 0, 2)).toBe(1);
});

it.each([0, 1, 2])("says −1 when value %i is not a number", (place) => {
  const values = Float32Array.of(1, 2, 3);
  values[place] = Number.NaN;
  expect(argmax(values, 0, 3)).toBe(-1);
});
