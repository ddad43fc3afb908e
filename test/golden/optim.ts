/** Optimiser steps against traces of cmaes and pycma, and test functions: FOLDER/optim/traces.json and suite.json. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Suite, suiteFunction } from "../../bench/optim-functions.ts";
import type { GoldenFailure, GoldenReport, GoldenRunner } from "./golden-report.ts";
import { type FrontCase, frontProblem } from "./optim-fronts.ts";
import { FAMILIES, largestError, type Trace } from "./optim-traces.ts";

/**
 * Replays every trace, sorts every set of points into fronts, and compares the test functions with the suite's check
 * values. Families of optimisers, and functions, that do not exist here count as failures.
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
  for (const one of multiobjective?.cases ?? []) {
    const why = frontProblem(one);
    if (why === undefined) passed++;
    else failures.push({ id: `multiobjective.${one.id}`, why });
  }
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
  readonly multiobjective?: { readonly cases: readonly FrontCase[] };
}

function readJson<T>(folder: string, name: string): T | undefined {
  const path = join(folder, "optim", name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : undefined;
}
