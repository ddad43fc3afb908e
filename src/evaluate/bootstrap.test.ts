import { describe, expect, it } from "vitest";
import { bcaInterval, bootstrapInterval } from "./bootstrap.ts";
import { mean } from "./score.ts";

/** The law school data of Efron's papers. */
const LSAT = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];

describe("bcaInterval", () => {
  it("gives the interval of SciPy for the same resamples", () => {
    // exp(mean / 200) of LSAT: 40 resamples by NumPy's default_rng(5), SciPy 1.17.1's _bca_interval and np.percentile
    const replicates = [
      21.249499, 18.289614, 20.787115, 19.511421, 20.065461, 20.389091, 20.504957, 21.277851, 19.812902, 18.915846,
      20.13917, 19.048722, 20.484462, 19.310841, 21.606625, 19.169747, 19.733809, 19.381778, 18.553652, 18.430373,
      22.065162, 21.896643, 21.405902, 19.004327, 19.945429, 20.821789, 19.061425, 20.058774, 20.085537, 21.398768,
      18.827778, 19.733809, 19.137824, 21.348895, 20.179488, 19.310841, 21.101272, 19.641932, 21.080181, 18.005309,
    ];
    const leftOut = [
      20.2874, 19.864388, 20.418239, 20.272914, 19.645674, 20.258439, 20.440127, 19.680787, 19.751201, 20.078365,
      19.737098, 20.294647, 20.513258, 20.316403, 20.157399,
    ];
    const { low, high } = bcaInterval(20.11233550083352, replicates, leftOut);
    expect(low).toBeCloseTo(18.488066, 4);
    expect(high).toBeCloseTo(22.014631, 4);
  });

  it("takes plain percentiles when all replicates are on one side and cannot be corrected", () => {
    expect(bcaInterval(0, [3, 1, 2], [0, 1, 2])).toEqual({ low: 1.05, high: 2.95 });
    expect(bcaInterval(9, [3, 1, 2], [0, 0, 0])).toEqual({ low: 1.05, high: 2.95 });
  });
});

describe("bootstrapInterval", () => {
  // SciPy 1.17.1, stats.bootstrap(method="BCa", n_resamples=200000)
  it("agrees with SciPy on a mean", () => {
    const { low, high } = bootstrapInterval(LSAT, mean, { resamples: 20_000 });
    expect(Math.abs(low - 581.467)).toBeLessThan(1);
    expect(Math.abs(high - 622.467)).toBeLessThan(1);
  });

  it("agrees with SciPy on a skewed statistic, where a plain percentile interval would not", () => {
    const draws = [
      0.11, 0.3897, 1.3995, 2.2001, 0.3435, 0.2578, 0.4345, 0.1026, 1.001, 0.0663, 0.4513, 3.3476, 0.2665, 1.2853,
      0.516, 2.0343, 0.9077, 1.4848, 0.2893, 0.1777, 0.0018, 1.165, 0.8944, 1.2162, 0.6536, 0.5746, 0.5898, 0.5839,
      0.0414, 2.1569, 1.4144, 0.0656, 1.4574, 3.0614, 0.2057, 0.7747, 0.1281, 1.2297, 2.1273, 0.906,
    ];
    const { low, high } = bootstrapInterval(draws, (sample) => Math.exp(mean(sample)), { resamples: 20_000 });
    expect(Math.abs(low - 1.9845)).toBeLessThan(0.02);
    expect(Math.abs(high - 3.3249)).toBeLessThan(0.05);
  });

  it("is a point where all values are equal", () => {
    expect(bootstrapInterval([2, 2, 2], mean)).toEqual({ low: 2, high: 2 });
    expect(bootstrapInterval([5], mean)).toEqual({ low: 5, high: 5 });
  });

  it("answers the same for the same seed", () => {
    const options = { resamples: 100, seed: 3 };
    expect(bootstrapInterval(LSAT, mean, options)).toEqual(bootstrapInterval(LSAT, mean, options));
    expect(bootstrapInterval(LSAT, mean, { ...options, seed: 4 })).not.toEqual(bootstrapInterval(LSAT, mean, options));
  });
});
