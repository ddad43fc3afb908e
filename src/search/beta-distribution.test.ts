import { describe, expect, it } from "vitest";
import { betaQuantile, betaShare } from "./beta-distribution.ts";

describe("the symmetric beta distribution", () => {
  // scipy 1.17.1: scipy.stats.beta.ppf(share, alpha, alpha)
  it.each([
    [0.4, 0.01, 3.7154401091061904e-5],
    [0.4, 0.25, 0.11050334183422297],
    [0.5, 0.9, 0.9755282581475768],
    [1, 0.9999, 0.9999],
    [2, 0.0001, 0.0057846675928877695],
    [2, 0.9, 0.8041998943409083],
    [7.5, 0.25, 0.412154836036493],
  ])("α = %f has %f of its draws below %f", (alpha, share, ratio) => {
    expect(betaQuantile(share, alpha)).toBeCloseTo(ratio, 8);
    expect(betaShare(ratio, alpha)).toBeCloseTo(share, 8);
  });

  it("goes from 0 to 1, with one half in the middle", () => {
    expect([0, 0.5, 1].map((share) => betaQuantile(share, 0.7))).toEqual([0, expect.closeTo(0.5, 9), 1]);
    expect([0, 0.5, 1].map((ratio) => betaShare(ratio, 3))).toEqual([0, expect.closeTo(0.5, 12), 1]);
  });
});
