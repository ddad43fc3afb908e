/** The test functions of the optimisers' suite. All are minimised; formulas beside the code are those of the papers named in it. */

import { type ConditionalData, conditionalError, conditionalGap } from "./optim-conditional.ts";
import { MULTIOBJECTIVE } from "./optim-multiobjective.ts";

/** A problem as the suite's file has it. */
export interface SuiteProblem {
  readonly id: string;
  readonly kind: string;
  readonly function?: string;
  readonly n_continuous: number;
  readonly n_binary: number;
  readonly bounds?: readonly [number, number];
  readonly sigma0?: number;
  readonly f_reference?: number;
  readonly targets?: readonly number[];
  readonly data?: SuiteData;
  readonly data_of?: string;
  readonly hv_reference?: readonly number[];
  readonly hv_ideal?: number;
  readonly accuracy?: { readonly p0: number; readonly p1: number; readonly tau: number; readonly items: number };
  readonly checks: readonly SuiteCheck[];
}

/** An argument and what the function gives there. */
export interface SuiteCheck {
  readonly x?: readonly number[];
  readonly z?: readonly number[];
  readonly f: number | readonly number[];
}

/** Constants of a problem; which are there depends on the function. */
export interface SuiteData {
  readonly xopt: readonly number[];
  readonly target: readonly number[];
  readonly perm: readonly number[];
  /** Names of matrices. */
  readonly R: string;
  readonly Q: string;
  readonly y: readonly (readonly number[])[];
  readonly w: readonly number[];
  readonly c: readonly (readonly number[])[];
  /** Block length of `trap`; per layer in `cond`. */
  readonly k: number | readonly number[];
  readonly K: number;
  readonly table: readonly (readonly number[])[];
  readonly fraw_opt: number;
}

/** A suite file. */
export interface Suite {
  readonly matrices: Readonly<Record<string, Matrix>>;
  readonly problems: readonly SuiteProblem[];
  readonly multiobjective?: readonly SuiteProblem[];
}

type Vector = readonly number[];
type Matrix = readonly Vector[];

/** A continuous function of `u = x − x*` and what it may use. */
type ContinuousFunction = (
  u: Vector,
  tools: { readonly R: Matrix; readonly Q: Matrix; readonly x: Vector; readonly data: SuiteData },
) => number;

const sum = (xs: Vector): number => xs.reduce((total, x) => total + x, 0);
const times = (matrix: Matrix, v: Vector): number[] => matrix.map((row) => dot(row, v));
const squares = (v: Vector): number => sum(v.map((x) => x * x));
/** Λ^α: entries α^(i/(2(n−1))). */
const stretch = (alpha: number, v: Vector): number[] => v.map((x, i) => alpha ** (i / (2 * (v.length - 1))) * x);
const ellipsoid = (v: Vector): number => sum(v.map((x, i) => 10 ** ((6 * i) / (v.length - 1)) * x * x));

/** Most of the suite's time. */
function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** The continuous functions, by name; their minimum is 0 at x*. Mostly those of Hansen et al. 2009, "Real-parameter black-box optimization benchmarking", https://inria.hal.science/inria-00362633. */
const CONTINUOUS: Readonly<Record<string, ContinuousFunction>> = {
  sphere: (u) => squares(u),
  ellipsoid_sep: (u) => ellipsoid(u),
  ellipsoid: (u, { R }) => ellipsoid(times(R, u)),
  rosenbrock: (u) => {
    const z = u.map((x) => Math.max(1, Math.sqrt(u.length) / 8) * x + 1);
    return sum(z.slice(1).map((next, i) => 100 * (z[i]! ** 2 - next) ** 2 + (z[i]! - 1) ** 2));
  },
  rastrigin: (u, { R }) => {
    const r = times(R, u);
    return 10 * (u.length - sum(r.map((x) => Math.cos(2 * Math.PI * x)))) + squares(r);
  },
  schaffers: (u, { R }) => {
    const z = stretch(10, times(R, u));
    const s = z.slice(1).map((next, i) => Math.sqrt(z[i]! ** 2 + next ** 2));
    return (sum(s.map((x) => Math.sqrt(x) * (1 + Math.sin(50 * x ** 0.2) ** 2))) / s.length) ** 2;
  },
  diffpowers: (u, { R }) => Math.sqrt(sum(times(R, u).map((x, i) => Math.abs(x) ** (2 + (4 * i) / (u.length - 1))))),
  bentcigar: (u, { R }) => {
    const [first, ...rest] = times(R, u);
    return first! ** 2 + 1e6 * squares(rest);
  },
  discus: (u, { R }) => {
    const [first, ...rest] = times(R, u);
    return 1e6 * first! ** 2 + squares(rest);
  },
  attrsector: (u, { R, Q, data }) => {
    const z = times(Q, stretch(10, times(R, u)));
    return squares(z.map((x, i) => (x * data.xopt[i]! > 0 ? 100 : 1) * x)) ** 0.9;
  },
  stepellipsoid: (u, { R, Q }) => {
    const h = stretch(10, times(R, u));
    const t = h.map((x) => (Math.abs(x) > 0.5 ? Math.floor(0.5 + x) : Math.floor(0.5 + 10 * x) / 10));
    const z = times(Q, t);
    return 0.1 * Math.max(Math.abs(h[0]!) / 1e4, sum(z.map((x, i) => 10 ** ((2 * i) / (u.length - 1)) * x * x)));
  },
  gallagher: (u, { R, x, data: { y, w, c } }) => {
    const peaks = y.map((peak, k) => {
      const r = times(
        R,
        x.map((value, i) => value - peak[i]!),
      );
      return w[k]! * Math.exp(-sum(r.map((value, i) => c[k]![i]! * value * value)) / (2 * u.length));
    });
    return (10 - Math.max(...peaks)) ** 2;
  },
  weierstrass: (u, { R }) => {
    const powers = Array.from({ length: 8 }, (_, k) => k);
    const wave = (value: number): number =>
      sum(powers.map((k) => 2 ** -k * Math.cos(2 * Math.PI * 3 ** k * (value + 0.5))));
    const mean = sum(times(R, u).map(wave)) / u.length;
    return 10 * Math.max(0, mean + sum(powers.map((k) => 2 ** -k))) ** 3;
  },
};

/** The functions of bits, by name; their minimum is 0. */
const BINARY: Readonly<Record<string, (z: Vector, data: SuiteData) => number>> = {
  onemax: (z, { target }) => z.filter((bit, i) => bit !== target[i]).length,
  leadingones: (z, { target, perm }) => {
    const wrong = perm.findIndex((i) => z[i] !== target[i]);
    return wrong === -1 ? 0 : z.length - wrong;
  },
  trap: (z, { target, perm, k }) => {
    const size = k as number;
    const matches = perm.map((i) => Number(z[i] === target[i]));
    const blocks = Array.from({ length: z.length / size }, (_, b) => sum(matches.slice(b * size, (b + 1) * size)));
    return sum(blocks.map((u) => (u === size ? 0 : 1 + u)));
  },
  nk: (z, { perm, K, table, fraw_opt }) => {
    const bits = perm.map((i) => z[i]!);
    const parts = bits.map((_, i) => {
      const index = Array.from({ length: K + 1 }, (_bit, j) => bits[(i + j) % bits.length]!).reduce(
        (a, bit) => 2 * a + bit,
        0,
      );
      return table[i]![index]!;
    });
    return 1 - sum(parts) / bits.length - fraw_opt;
  },
};

/** A function of continuous variables and bits; either may be empty. One number, or one for each objective. */
export type SuiteFunction = (x: Vector, z: Vector) => number | Vector;

/**
 * Returns the function of a problem; noisy problems without their noise.
 *
 * @returns undefined for functions that are not known here.
 */
export function suiteFunction(suite: Suite, problem: SuiteProblem): SuiteFunction | undefined {
  const data = problem.data ?? suite.problems.find(({ id }) => id === problem.data_of)?.data;
  const objectives = MULTIOBJECTIVE[problem.id];
  if (objectives !== undefined) return objectives;
  if (data === undefined) return undefined;
  const { function: name = "", kind } = problem;
  if (kind === "mixed") return mixedFunction(name, data);
  if (kind === "binary") return BINARY[name] === undefined ? undefined : (_x, z) => BINARY[name]!(z, data);
  if (kind === "continuous") return continuousFunction(name, suite, data);
  const gap = (x: Vector, z: Vector): number => conditionalGap(data as unknown as ConditionalData, x, z);
  if (name === "cond") return gap;
  if (name === "cond_acc") return (x, z) => conditionalError(problem.accuracy!, gap(x, z));
  return problem.id.startsWith("condsize.") ? (x, z) => [gap(x, z), sum(z) / z.length] : undefined;
}

function continuousFunction(name: string, { matrices }: Suite, data: SuiteData): SuiteFunction | undefined {
  const evaluate = CONTINUOUS[name];
  const tools = { R: matrices[data.R] ?? [], Q: matrices[data.Q] ?? [], data };
  // gallagher's optimum is its first peak.
  const optimum = data.xopt ?? data.y[0]!;
  return evaluate === undefined ? undefined : (x) => evaluate(minus(x, optimum), { ...tools, x });
}

/** `sphere_onemax` is the sum of its two parts; its ellipsoid is the separable one. */
function mixedFunction(name: string, data: SuiteData): SuiteFunction | undefined {
  const [first = "", second = ""] = name.split("_");
  const [continuous, binary] = [CONTINUOUS[first === "ellipsoid" ? "ellipsoid_sep" : first], BINARY[second]];
  if (continuous === undefined || binary === undefined) return undefined;
  return (x, z) => continuous(minus(x, data.xopt), { R: [], Q: [], x, data }) + binary(z, data);
}

function minus(a: Vector, b: Vector): number[] {
  return a.map((value, i) => value - b[i]!);
}
