/** What centring did. */
export interface CentredPoints {
  /** [μ], the better points, with their discrete coordinates moved. */
  readonly points: readonly (readonly number[])[];
  /** [discrete], whether any of them had left the mean's option. */
  readonly succeeded: readonly boolean[];
}

/**
 * Moves the better points' discrete coordinates to the options that they were evaluated at, without moving their mean.
 *
 * A point that left the mean's option is put right on its own; those that stayed are then pulled towards theirs, by
 * as much as the first moves pushed the mean away.
 *
 * @param points - [μ][N], the better half, best first.
 * @param discrete - indices of discrete coordinates.
 * @param nearest - the option of a coordinate's value; `i` counts in `discrete`.
 * @source Marty et al. 2024, "LB+IC-CMA-ES: two simple modifications of CMA-ES to handle mixed-integer problems", https://doi.org/10.1007/978-3-031-70068-2_18
 */
export function centreIntegers(
  points: readonly (readonly number[])[],
  mean: readonly number[],
  discrete: readonly number[],
  nearest: (i: number, value: number) => number,
): CentredPoints {
  const centred = points.map((point) => [...point]);
  const succeeded = discrete.map((j, i) => {
    const home = nearest(i, mean[j]!);
    const pulls = points.map((point) => nearest(i, point[j]!) - point[j]!);
    const left = points.map((point) => nearest(i, point[j]!) !== home);
    const stayed = pulls.filter((_, p) => !left[p]!);
    const [up, down] = [stayed.filter((d) => d > 0), stayed.filter((d) => d < 0)].map((d) =>
      d.reduce((total, x) => total + x, 0),
    );
    const bias = pulls.reduce((total, d, p) => total + (left[p]! ? d : 0), 0);
    const against = bias * up! < 0 ? up! : bias * down! < 0 ? down! : 0;
    const share = against === 0 ? 0 : Math.min(1, -bias / against);
    for (const [p, point] of centred.entries()) {
      if (left[p]!) point[j] = nearest(i, point[j]!);
      else if (bias * pulls[p]! < 0) point[j]! += share * pulls[p]!;
    }
    return left.some(Boolean);
  });
  return { points: centred, succeeded };
}
