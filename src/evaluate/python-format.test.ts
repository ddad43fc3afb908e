import { describe, expect, it } from "vitest";
import { pythonFormat, pythonRound } from "./python-format.ts";

describe("pythonRound", () => {
  it.each([
    [2.5, 0, 2],
    [3.5, 0, 4],
    [-2.5, 0, -2],
    [2.675, 2, 2.67],
    [0.125, 2, 0.12],
    [0.375, 2, 0.38],
    [1234.5678, 1, 1234.6],
  ])("rounds %d to %d digits as Python does", (value, digits, expected) => {
    expect(pythonRound(value, digits)).toBe(expected);
  });
});

describe("pythonFormat", () => {
  it.each([
    ["%.2f", 2.675, "2.67"],
    ["%d items", 3.9, "3 items"],
    ["%s and %s", ["a", [1, "b"]], "a and [1, 'b']"],
    ["%5.1f|%-4d|%04d|%+d", [1.25, 7, -7, 5], "  1.2|7   |-007|+5"],
    ["%d%% of %r", [50, "x"], "50% of 'x'"],
    ["%f", 1, "1.000000"],
  ])("writes %j with %j", (text, values, expected) => {
    expect(pythonFormat(text, values)).toBe(expected);
  });

  it.each([
    ["%d %d", [1], "more places"],
    ["%d", [1, 2], "not all values"],
    ["%d", "x", "takes a number"],
    ["%q", 1, "no place"],
    ["%9999d", 1, "at most 1000 wide"],
  ])("refuses %j with %j", (text, values, message) => {
    expect(() => pythonFormat(text, values)).toThrow(message);
  });
});
