/** Test problems of layer inclusion: bits say which layers are in, values scale them, and a value counts only where its layer is in. */

/** Costs and couplings of the layers; [m] each, J1 and rho one shorter, J2 two shorter. */
export interface ConditionalData {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly k: readonly number[];
  readonly e: readonly number[];
  readonly c: readonly number[];
  readonly J1: readonly number[];
  readonly J2: readonly number[];
  readonly rho: readonly number[];
  readonly fopt: number;
  readonly fref: number;
}

/**
 * Returns the normalised gap to the optimum: 0 there, 1 for the mean random configuration.
 *
 *     u_i = x_i − a_i − b_i z_{i−1}
 *     F = Σ z_i (e_i + k_i u_i²) + Σ (1 − z_i) c_i + Σ z_i z_{i+1} (J1_i + ρ_i √(k_i k_{i+1}) u_i u_{i+1}) + Σ z_i z_{i+2} J2_i
 *
 * @param x - [m], clipped into [0, 2].
 * @param z - [m], 0 or 1.
 */
export function conditionalGap(data: ConditionalData, x: readonly number[], z: readonly number[]): number {
  const { a, b, k, e, c, J1, J2, rho, fopt, fref } = data;
  const u = x.map((value, i) => Math.min(2, Math.max(0, value)) - a[i]! - b[i]! * (i === 0 ? 0 : z[i - 1]!));
  let total = 0;
  for (const [i, bit] of z.entries()) {
    total += bit === 1 ? e[i]! + k[i]! * u[i]! ** 2 : c[i]!;
    if (bit === 1 && z[i + 1] === 1) total += J1[i]! + rho[i]! * Math.sqrt(k[i]! * k[i + 1]!) * u[i]! * u[i + 1]!;
    if (bit === 1 && z[i + 2] === 1) total += J2[i]!;
  }
  return (total - fopt) / (fref - fopt);
}

/** Returns the noise-free error rate that belongs to a gap: 1 − p0 − (p1 − p0) exp(−τ max(0, gap)). */
export function conditionalError(
  { p0, p1, tau }: { readonly p0: number; readonly p1: number; readonly tau: number },
  gap: number,
): number {
  return 1 - (p0 + (p1 - p0) * Math.exp(-tau * Math.max(0, gap)));
}
