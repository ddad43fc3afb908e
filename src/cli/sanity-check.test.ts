import { expect, it } from "vitest";
import { describeSanity, judge } from "./sanity-check.ts";

it("finds a merge far worse than its worst parent", () => {
  const parents = new Map([
    ["a", 0.6],
    ["b", 1],
    ["cannot run", undefined],
    ["broken", Number.NaN],
  ]);
  expect(judge(1.4, parents).isFarWorse).toBe(false);
  const far = judge(1.6, parents);
  expect(far).toEqual({ loss: 1.6, parents: { a: 0.6, b: 1, "cannot run": null, broken: null }, isFarWorse: true });
  expect(describeSanity("out", far)).toContain("far worse than its parents (1.60 nats per byte; a 0.60, b 1.00)");
});

it("finds a merge without numbers, and does not judge without parents", () => {
  const broken = judge(Number.NaN, new Map());
  expect(broken).toEqual({ loss: null, parents: {}, isFarWorse: true });
  expect(describeSanity("out", broken)).toContain("not numbers");
  expect(judge(9, new Map([["a", undefined]])).isFarWorse).toBe(false);
});
