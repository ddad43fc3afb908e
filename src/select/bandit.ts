import { CholeskyDecomposition, Matrix, solve } from "ml-matrix";
import type { Random } from "../base/philox.ts";

/** What an arm has learned: A = λI + Σ φφᵀ and b = Σ rφ. Plain data. */
export interface Arm {
  /** [d][d] */
  readonly A: readonly (readonly number[])[];
  /** [d] */
  readonly b: readonly number[];
  readonly pulls: number;
}

/** The arms, by operator. Arms may be added at any time. */
export interface BanditState {
  readonly arms: Readonly<Record<string, Arm>>;
}

/** How arms are chosen. */
export interface BanditPolicy {
  readonly kind: "linucb" | "thompson";
  /** LinUCB's α: how many standard errors of hope. Thompson's v: how wide it draws. */
  readonly exploration: number;
  /** λ of a new arm. */
  readonly ridge: number;
}

/** What could be done next: a context and an arm. */
export interface Option {
  /** Whatever the caller knows it by. */
  readonly id: string;
  readonly arm: string;
  /** [d] */
  readonly context: readonly number[];
}

/** An option and why it may be worth it. */
export interface RatedOption extends Option {
  /** φᵀA⁻¹b */
  readonly expected: number;
  /** [d] what each entry of the context adds to it. */
  readonly parts: readonly number[];
  /** √(φᵀA⁻¹φ): how little is known here. */
  readonly uncertainty: number;
  /** What the choice goes by. */
  readonly index: number;
}

/**
 * Rates options, the best first.
 *
 *     LinUCB     φᵀA⁻¹b + α √(φᵀA⁻¹φ)
 *     Thompson   φᵀθ, θ ~ N(A⁻¹b, v² A⁻¹), drawn once for each arm
 *
 * @param random - used by Thompson only.
 * @source Li et al. 2010, https://arxiv.org/abs/1003.0146; Agrawal & Goyal 2013, https://arxiv.org/abs/1209.3352
 */
export function rateOptions(
  state: BanditState,
  policy: BanditPolicy,
  options: readonly Option[],
  random: Random,
): readonly RatedOption[] {
  const solved = new Map<string, SolvedArm>();
  const rated = options.map((option) => {
    const arm = solved.get(option.arm) ?? solveArm(armOf(state, option, policy.ridge), policy, random);
    solved.set(option.arm, arm);
    const expected = dot(arm.mean, option.context);
    const phi = Matrix.columnVector([...option.context]);
    const uncertainty = Math.sqrt(Math.max(0, phi.transpose().mmul(arm.inverse).mmul(phi).get(0, 0)));
    const index =
      policy.kind === "linucb" ? expected + policy.exploration * uncertainty : dot(arm.drawn, option.context);
    const parts = option.context.map((value, k) => value * arm.mean[k]!);
    return { ...option, expected, parts, uncertainty, index };
  });
  return rated.toSorted((a, b) => b.index - a.index);
}

/** Learns from what came of an option. @param reward - in [0, 1]. */
export function learnReward(state: BanditState, option: Option, reward: number, ridge: number): BanditState {
  const { A, b, pulls } = armOf(state, option, ridge);
  const { context: phi } = option;
  const arm: Arm = {
    A: A.map((row, i) => row.map((value, j) => value + phi[i]! * phi[j]!)),
    b: b.map((value, i) => value + reward * phi[i]!),
    pulls: pulls + 1,
  };
  return { arms: { ...state.arms, [option.arm]: arm } };
}

/** An arm that was never met starts from λI. */
function armOf({ arms }: BanditState, { arm, context }: Option, ridge: number): Arm {
  const known = Object.hasOwn(arms, arm) ? arms[arm] : undefined;
  if (known !== undefined && known.b.length === context.length) return known;
  const A = context.map((_, i) => context.map((__, j) => (i === j ? ridge : 0)));
  return { A, b: context.map(() => 0), pulls: 0 };
}

interface SolvedArm {
  readonly mean: readonly number[];
  readonly drawn: readonly number[];
  readonly inverse: Matrix;
}

function solveArm({ A, b }: Arm, { kind, exploration }: BanditPolicy, random: Random): SolvedArm {
  const matrix = new Matrix(A.map((row) => [...row]));
  const inverse = solve(matrix, Matrix.eye(b.length));
  const mean = inverse.mmul(Matrix.columnVector([...b])).to1DArray();
  if (kind === "linucb") return { mean, drawn: mean, inverse };
  // Solving leaves differences in the last place, which the decomposition takes for asymmetry.
  const symmetric = Matrix.add(inverse, inverse.transpose()).mul(0.5);
  const lower = new CholeskyDecomposition(symmetric).lowerTriangularMatrix;
  const noise = Matrix.columnVector(b.map(() => random.nextNormal()));
  const offset = lower.mmul(noise).to1DArray();
  return { mean, drawn: mean.map((value, i) => value + exploration * offset[i]!), inverse };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
