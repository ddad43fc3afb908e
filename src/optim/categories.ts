import { dot } from "./vector.ts";

/** Independent choices drawn with learned probabilities, and the state of their learning rate; plain JSON. */
export type CategoryDistribution = {
  /** [C][K_c], each row sums to 1. */
  readonly q: readonly (readonly number[])[];
  /** Trust region δ, its inverse scale Δ, and the running signal-to-noise estimate (γ, s [Σ (K_c − 1)]). */
  readonly delta: number;
  readonly inverseScale: number;
  readonly gamma: number;
  readonly s: readonly number[];
};

const SIGNAL_TO_NOISE = 1.5;
const FIRST_DELTA = 1;

/** Starts with given probabilities. @param q - [C][K_c], each row sums to 1. */
export function startCategories(q: readonly (readonly number[])[]): CategoryDistribution {
  const s = q.flatMap((row) => row.slice(1).map(() => 0));
  return { q, delta: FIRST_DELTA, inverseScale: 1, gamma: 0, s };
}

/** Returns the option that a uniform draw in [0, 1) stands for. */
export function drawOption(row: readonly number[], uniform: number): number {
  let cumulated = 0;
  for (const [k, p] of row.entries()) {
    cumulated += p;
    if (uniform < cumulated) return k;
  }
  return row.length - 1;
}

/** The least probability of an option of K: 1 − 0.73^(1/variables), shared by the K − 1 others. */
export function optionMargin(variables: number, options: number): number {
  return (1 - 0.73 ** (1 / variables)) / (options - 1);
}

/**
 * Moves the probabilities towards the better candidates' options, along the natural gradient g = Σ w_i (c_i − q).
 *
 *     q ← q + δ/‖F^½ g‖ · g,  then max(q, margin), renormalised
 *     δ ← 1/Δ, β = δ/√(Σ (K_c − 1)),  s ← (1 − β) s + √(β (2 − β)) F^½g/‖F^½g‖,  γ ← (1 − β)² γ + β (2 − β)
 *     Δ ← Δ exp(β (γ − ‖s‖²/1.5))
 *
 * @param chosen - [P][C], options of the candidates that have a weight, best first.
 * @param weights - [P], summing to 1.
 * @param margins - [C], least probability of an option.
 * @param softening - added to ‖F^½ g‖ in the first line; 1e-8 in CatCMA with margin, nothing in CatCMA.
 * @source Hamano et al. 2024, "CatCMA", https://arxiv.org/abs/2405.09962; Akimoto et al. 2019, "Adaptive stochastic natural gradient method", https://proceedings.mlr.press/v97/akimoto19a.html
 */
export function updateCategories(
  state: CategoryDistribution,
  chosen: readonly (readonly number[])[],
  weights: readonly number[],
  margins: readonly number[],
  softening = 0,
): CategoryDistribution {
  const gradient = state.q.map((row, c) => {
    const total = weights.reduce((a, w) => a + w, 0);
    const step = row.map((p) => -total * p);
    for (const [i, options] of chosen.entries()) step[options[c]!]! += weights[i]!;
    return step;
  });
  const whitened = state.q.flatMap((row, c) => whiten(row, gradient[c]!));
  const length = Math.sqrt(dot(whitened, whitened)) + 1e-30;
  const rate = state.delta / (length + softening);

  const delta = FIRST_DELTA / state.inverseScale;
  const beta = delta / Math.sqrt(whitened.length);
  const keep = 1 - beta;
  const s = state.s.map((x, i) => keep * x + Math.sqrt(beta * (2 - beta)) * (whitened[i]! / length));
  const gamma = keep ** 2 * state.gamma + beta * (2 - beta);
  return {
    q: state.q.map((row, c) =>
      keepMargin(
        row.map((p, k) => p + rate * gradient[c]![k]!),
        margins[c]!,
      ),
    ),
    delta,
    inverseScale: state.inverseScale * Math.exp(beta * (gamma - dot(s, s) / SIGNAL_TO_NOISE)),
    gamma,
    s,
  };
}

/** The gradient's first K − 1 parts times a root of the Fisher matrix. */
function whiten(q: readonly number[], gradient: readonly number[]): number[] {
  const last = q.at(-1)!;
  const head = gradient.slice(0, -1);
  const total = head.reduce((a, g) => a + g, 0);
  return head.map((g, k) => g / Math.sqrt(q[k]!) + (Math.sqrt(q[k]!) * total) / (last + Math.sqrt(last)));
}

function keepMargin(row: readonly number[], margin: number): number[] {
  const raised = row.map((p) => Math.max(p, margin));
  const total = raised.reduce((a, p) => a + p, 0);
  const slack = total - margin * row.length;
  // A row that is all margin has nothing to give.
  const cut = slack > 0 ? raised.map((p) => p - ((total - 1) * (p - margin)) / slack) : raised;
  const sum = cut.reduce((a, p) => a + p, 0);
  return cut.map((p) => p / sum);
}
