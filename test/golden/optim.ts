/** Optimiser steps against traces of cmaes and pycma, and test functions: FOLDER/optim/traces.json and suite.json. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Suite, suiteFunction } from "../../bench/optim-functions.ts";
import type { CmaParameters } from "../../src/optim/cma-parameters.ts";
import { type CmaDistribution, updateDistribution } from "../../src/optim/cma-update.ts";
import type { GoldenFailure, GoldenReport, GoldenRunner } from "./golden-report.ts";

interface TraceState {
  readonly mean: readonly number[];
  readonly sigma: number;
  readonly C: readonly (readonly number[])[];
  readonly p_sigma: readonly number[];
  readonly p_c: readonly number[];
}

interface Trace {
  readonly id: string;
  readonly n: number;
  readonly params: {
    readonly weights: readonly number[];
    readonly mu_eff: number;
    readonly c1: number;
    readonly cmu: number;
    readonly cc: number;
    readonly c_sigma: number;
    readonly d_sigma: number;
    readonly chi_n: number;
  };
  readonly init: TraceState;
  readonly gens: readonly {
    readonly x: readonly (readonly number[])[];
    readonly f: readonly number[];
    readonly after: TraceState;
  }[];
}

interface Family {
  /** Largest relative error (largest difference over largest magnitude) of any part of the state. */
  readonly tolerance: number;
  /** What the library does beside the constants that the trace holds. */
  readonly rules: (trace: Trace) => Pick<CmaParameters, "stallLimit" | "stallDelay" | "maxLogStep">;
}

const FAMILIES: Readonly<Record<string, Family>> = {
  cma: {
    tolerance: 1e-10,
    rules: ({ n, params }) => ({
      stallLimit: ((1.4 + 2 / (n + 1)) * params.chi_n) ** 2,
      stallDelay: 1,
      maxLogStep: null,
    }),
  },
  pycma: {
    tolerance: 1e-7,
    rules: ({ n }) => ({ stallLimit: n * (2 + 4 / (n + 1)), stallDelay: 0, maxLogStep: 1 }),
  },
};

/**
 * Feeds every trace to `updateDistribution`, and compares the test functions with the suite's check values. Families of
 * optimisers, and functions, that do not exist here count as failures.
 */
export const checkOptim: GoldenRunner = async (folder) => {
  const [steps, values] = [checkTraces(folder), checkSuite(folder)];
  return {
    passed: steps.passed + values.passed,
    failures: [...steps.failures, ...values.failures],
    notes: [...steps.notes, ...values.notes],
  };
};

function checkTraces(folder: string): GoldenReport {
  const { traces, multiobjective } = readJson<TraceFile>(folder, "traces.json") ?? { traces: [] };
  const failures: GoldenFailure[] = [];
  let passed = 0;
  let worst = 0;
  for (const trace of traces) {
    const name = trace.id.split(".")[0]!;
    const family = FAMILIES[name];
    if (family === undefined) {
      failures.push({ id: trace.id, why: `optimiser ${name} is not supported` });
      continue;
    }
    const { error, where } = largestError(trace, family);
    worst = Math.max(worst, error / family.tolerance);
    if (error <= family.tolerance) passed++;
    else failures.push({ id: trace.id, why: `relative error ${error} at ${where}, allowed ${family.tolerance}` });
  }
  for (const { id } of multiobjective?.cases ?? [])
    failures.push({ id: `multiobjective.${id}`, why: "optimiser nsga2 is not supported" });
  const notes = [`largest error is ${worst.toExponential(1)} of what is allowed`];
  return { passed, failures, notes };
}

/** Every problem whose function gives all its check values. */
function checkSuite(folder: string): GoldenReport {
  const suite = readJson<Suite>(folder, "suite.json");
  const problems = [...(suite?.problems ?? []), ...(suite?.multiobjective ?? [])];
  const failures = problems.flatMap((problem): readonly GoldenFailure[] => {
    const evaluate = suiteFunction(suite!, problem);
    if (evaluate === undefined) return [{ id: problem.id, why: `function ${problem.function} is not supported` }];
    const tolerance = problem.function === "griewankrosen" ? 1e-10 : 1e-12;
    const wrong = problem.checks.find(({ x = [], z = [], f }) => {
      const [actual, expected] = [[evaluate(x, z)].flat(), [f].flat()];
      return expected.some((value, i) => !(Math.abs(actual[i]! - value) <= tolerance * Math.max(1, Math.abs(value))));
    });
    return wrong === undefined ? [] : [{ id: problem.id, why: `the function is not ${wrong.f} at a check point` }];
  });
  return { passed: problems.length - failures.length, failures, notes: [`${problems.length} test functions`] };
}

interface TraceFile {
  readonly traces: readonly Trace[];
  readonly multiobjective?: { readonly cases: readonly { readonly id: string }[] };
}

function readJson<T>(folder: string, name: string): T | undefined {
  const path = join(folder, "optim", name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : undefined;
}

function largestError(trace: Trace, family: Family): { readonly error: number; readonly where: string } {
  const { params } = trace;
  const parameters: CmaParameters = {
    weights: params.weights,
    muEff: params.mu_eff,
    c1: params.c1,
    cMu: params.cmu,
    cC: params.cc,
    cSigma: params.c_sigma,
    dSigma: params.d_sigma,
    chiN: params.chi_n,
    ...family.rules(trace),
  };
  let state = toDistribution(trace.init, 0);
  let worst = { error: 0, where: "nowhere" };
  for (const [g, { x, f, after }] of trace.gens.entries()) {
    state = updateDistribution(parameters, state, x, f);
    const expected = toDistribution(after, g + 1);
    for (const part of ["mean", "sigma", "covariance", "pathSigma", "pathC"] as const) {
      const error = relativeError([state[part]].flat(2), [expected[part]].flat(2));
      if (!(error <= worst.error)) worst = { error, where: `generation ${g + 1}, ${part}` };
    }
  }
  return worst;
}

function toDistribution({ mean, sigma, C, p_sigma, p_c }: TraceState, generation: number): CmaDistribution {
  return { mean, sigma, covariance: C, pathSigma: p_sigma, pathC: p_c, generation };
}

function relativeError(actual: readonly number[], expected: readonly number[]): number {
  const difference = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  return difference === 0 ? 0 : difference / Math.max(...expected.map(Math.abs));
}
