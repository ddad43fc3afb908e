import { expect, it } from "vitest";
import { nearestName } from "./nearest.ts";

it("finds the name that was meant", () => {
  expect(nearestName("wieght", ["density", "weight", "lambda"])).toBe("weight");
  expect(nearestName("dare-ties", ["ties", "dare_ties", "dare_linear"])).toBe("dare_ties");
});

it("stays silent when nothing is near", () => {
  expect(nearestName("temperature", ["weight", "density"])).toBeUndefined();
  expect(nearestName("x", [])).toBeUndefined();
});
