import { describe, expect, it } from "vitest";
import { wilsonInterval } from "./wilson.ts";

describe("wilsonInterval", () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3 (four decimals)
  it.each([
    { successes: 81, n: 263, low: 0.2553, high: 0.3662 },
    { successes: 15, n: 148, low: 0.0624, high: 0.1605 },
    { successes: 0, n: 20, low: 0, high: 0.1611 },
    { successes: 1, n: 29, low: 0.0061, high: 0.1718 },
  ])("gives the published interval of $successes in $n", ({ successes, n, low, high }) => {
    expect(wilsonInterval(successes, n).low).toBeCloseTo(low, 4);
    expect(wilsonInterval(successes, n).high).toBeCloseTo(high, 4);
  });

  // statsmodels 0.15.0, proportion_confint(method="wilson")
  it.each([
    { successes: 0, n: 1, low: 0, high: 0.7934506856227627 },
    { successes: 1, n: 1, low: 0.2065493143772374, high: 1 },
    { successes: 500, n: 500, low: 0.9923756595384479, high: 1 },
    { successes: 221, n: 500, low: 0.39907595314282335, high: 0.4858084703507168 },
  ])("gives the interval of statsmodels for $successes in $n", ({ successes, n, low, high }) => {
    expect(wilsonInterval(successes, n).low).toBeCloseTo(low, 13);
    expect(wilsonInterval(successes, n).high).toBeCloseTo(high, 13);
  });
});
