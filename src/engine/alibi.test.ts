import { expect, it } from "vitest";
import { alibiSlopes, tabulateAlibi } from "./alibi.ts";

it("halves slopes from head to head where there are 8", () => {
  expect(alibiSlopes(8)).toEqual([0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625]);
});

it("fills up heads that are no power of two with slopes in between", () => {
  expect(alibiSlopes(6)).toEqual([0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]);
});

it("grows with the position, times the scale", () => {
  const table = tabulateAlibi({ heads: 2, isRounded: false, scale: 2 }, 3);
  expect([...table]).toEqual([0, 0.125, 0.25, 0, 0.0078125, 0.015625]);
});

it("rounds positions and products to eight bits where the model does", () => {
  const table = tabulateAlibi({ heads: 8, isRounded: true, scale: 1 }, 260);
  expect([257, 259].map((position) => table[position])).toEqual([128, 130]);
});
