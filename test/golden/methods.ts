/** Merge methods, sparsifiers and random numbers against mergekit: FOLDER/methods.json, with FOLDER/methods.v015.json over it. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nearestName } from "../../src/base/nearest.ts";
import { roundToGrid } from "../../src/kernels/grid.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { METHODS } from "../../src/methods/index.ts";
import type { AnyMethod } from "../../src/methods/method.ts";
import { type ComputeDtype, dtypeFromTorchName } from "../../src/tensor/dtype.ts";
import { sameShape } from "../../src/tensor/shape.ts";
import { openWasmKernels } from "../../src/kernels/open-wasm-kernels.ts";
import { readKernelModule } from "../../src/model/kernel-module.ts";
import { type Inputs, mergeWhole } from "../contracts/merge-whole.ts";
import type { GoldenFailure, GoldenReport, GoldenRunner } from "./golden-report.ts";
import { checkRandomNumbers, type RandomGolden } from "./random-numbers.ts";
import { checkSparsifier, type SparsifyCase } from "./sparsifiers.ts";

type Numbers = readonly (number | string)[];

interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface MethodCase {
  readonly id: string;
  readonly method: string;
  /** Key into the file's tensors. */
  readonly tensors: string;
  readonly dtype: string;
  readonly models: readonly string[];
  readonly base_model: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly model_params: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly seed?: number;
  readonly error?: string | null;
  readonly out_dtype: string;
  readonly out_shape: readonly number[];
  readonly out: Numbers;
}

interface MethodsFile {
  readonly tensors: Readonly<Record<string, Readonly<Record<string, GoldenTensor>>>>;
  readonly cases: readonly MethodCase[];
  readonly sparsify: { readonly cases: readonly SparsifyCase[] };
  readonly rng: RandomGolden;
}

/** Runs every case; methods that do not exist here count as failures. */
export const checkMethods: GoldenRunner = async (folder) => {
  const file = JSON.parse(readFileSync(join(folder, "methods.json"), "utf8")) as MethodsFile;
  const newer = newerCases(join(folder, "methods.v015.json"));
  const kernels = openWasmKernels(readKernelModule(), 2 ** 24);
  const tally = new Tally();
  for (const old of file.cases) {
    const expected = newer.get(old.id) ?? old;
    tally.note(old.id, checkCase(expected, file, kernels), () => isExact(expected, file, kernels));
  }
  const { base, a } = file.tensors["mat"]!;
  for (const sparsify of file.sparsify.cases) {
    const { method, norm, dtype } = sparsify;
    tally.note(`sparsify/${method}/${norm}/${dtype}`, checkSparsifier(sparsify, base!, a!, kernels));
  }
  for (const [name, why] of checkRandomNumbers(file.rng, kernels)) tally.note(`rng/${name}`, why);
  return tally.report();
};

class Tally {
  #passed = 0;
  #single = 0;
  #exact = 0;
  readonly #failures: GoldenFailure[] = [];

  /** @param why - what was wrong, if anything. @param exact - whether a float32 case has equal bits; asked if it passed. */
  note(id: string, why: string | undefined, exact?: () => boolean | undefined): void {
    if (why !== undefined) {
      this.#failures.push({ id, why });
      return;
    }
    this.#passed++;
    const equal = exact?.();
    if (equal === undefined) return;
    this.#single++;
    if (equal) this.#exact++;
  }

  report(): GoldenReport {
    const notes = [`${this.#exact} of ${this.#single} float32 results have equal bits`];
    return { passed: this.#passed, failures: this.#failures, notes };
  }
}

function newerCases(path: string): ReadonlyMap<string, MethodCase> {
  if (!existsSync(path)) return new Map();
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as Pick<MethodsFile, "cases">;
  return new Map(cases.map((one) => [one.id, one]));
}

/** What is wrong with our result, if anything. */
function checkCase(expected: MethodCase, file: MethodsFile, kernels: Kernels): string | undefined {
  const method = METHODS[expected.method];
  if (method === undefined) return `method ${expected.method} is not supported`;
  let result: MergedCase;
  try {
    result = mergeCase(method, expected, file, kernels);
  } catch (error) {
    return expected.error ? undefined : `raises ${error}`;
  }
  if (expected.error) return `should raise ${expected.error}`;
  const dtype = dtypeFromTorchName(expected.out_dtype);
  if (result.dtype !== dtype) return `type ${result.dtype} is not ${dtype}`;
  if (!sameShape(result.shape, expected.out_shape)) return `shape ${result.shape} is not ${expected.out_shape}`;
  return differenceOf(result.values, expected.out, result.dtype);
}

/** Whether a float32 result has equal bits; undefined for others. */
function isExact(expected: MethodCase, file: MethodsFile, kernels: Kernels): boolean | undefined {
  const method = METHODS[expected.method];
  if (method === undefined || expected.error || expected.out_dtype !== "float32") return undefined;
  const { values } = mergeCase(method, expected, file, kernels);
  return values.every((value, i) => Object.is(value, Number(expected.out[i])));
}

interface MergedCase {
  readonly dtype: ComputeDtype;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** @throws Error where a recipe of this case would be refused. */
function mergeCase(method: AnyMethod, wanted: MethodCase, file: MethodsFile, kernels: Kernels): MergedCase {
  const dtype = dtypeFromTorchName(wanted.dtype) as ComputeDtype;
  const set = file.tensors[wanted.tensors]!;
  const hasBase = wanted.base_model !== null && method.base !== "ordinary";
  const names = wanted.models.filter((name) => !(hasBase && name === wanted.base_model));
  const shape = set[wanted.models[0]!]!.shape;
  assertInputs(method, wanted, hasBase, set);
  const read = (name: string): Float32Array => Float32Array.from(set[name]!.data, (v) => roundToGrid(dtype, v));
  const inputs: Inputs = {
    base: hasBase ? read(wanted.base_model!) : undefined,
    models: names.map(read),
    shape,
    dtype,
  };
  const settings = settingsOf(method, wanted, names);
  method.draws(settings, inputs.models[0]?.length ?? 0);
  const values = mergeWhole(method, inputs, settings, { kernels, seed: wanted.seed ?? 0, blockElements: 5 });
  return { dtype: method.result ?? dtype, shape, values };
}

/** The checks that recipes go through before any method runs. */
function assertInputs(
  method: AnyMethod,
  { models }: MethodCase,
  hasBase: boolean,
  set: Readonly<Record<string, GoldenTensor>>,
): void {
  if (method.base === "required" && !hasBase) throw new Error("the base is missing");
  const count = models.length - Number(hasBase && method.base === "optional");
  const [min, max] = method.arity;
  if (count < min || count > max) throw new Error(`${count} inputs are not in [${min}, ${max}]`);
  const shapes = models.map((name) => set[name]!.shape);
  if (!shapes.every((shape) => sameShape(shape, shapes[0]!))) throw new Error("the shapes differ");
}

function settingsOf(method: AnyMethod, wanted: MethodCase, names: readonly string[]): Record<string, unknown> {
  const unknown = Object.keys(wanted.params).find((name) => !(name in method.params));
  if (unknown !== undefined) {
    throw new Error(`${unknown} is not a setting; nearest ${nearestName(unknown, Object.keys(method.params))}`);
  }
  const valueOf = (name: string, given: unknown): unknown => {
    const value = given ?? method.params[name]!.default;
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  };
  return Object.fromEntries(
    Object.entries(method.params).map(([name, { per }]) => {
      if (per === "merge") return [name, valueOf(name, wanted.params[name])];
      return [name, names.map((m) => valueOf(name, wanted.model_params[m]?.[name] ?? wanted.params[name]))];
    }),
  );
}

/** 16-bit results must have equal bits, float32 ones be within the tolerance that the file states. */
export function differenceOf(actual: Float32Array, expected: Numbers, dtype: ComputeDtype): string | undefined {
  for (const [i, text] of expected.entries()) {
    const [value, wanted] = [actual[i]!, Number(text)];
    const bound = dtype === "F32" ? 1e-6 + 1e-5 * Math.abs(wanted) : 0;
    const close = dtype === "F32" && Math.abs(value - wanted) <= bound;
    if (!close && !Object.is(value, wanted)) return `element ${i}: ${value} is not ${wanted}`;
  }
  return undefined;
}
