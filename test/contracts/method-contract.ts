/**
 * The laws every merge method keeps, checked on generated tensors.
 *
 * A method that cannot keep one says so by name, says why, and shows a case that breaks it. The reason is part of the
 * test's title, and the test fails once the case no longer breaks the law, so an excuse does not outlive its cause.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundToGrid } from "../../src/kernels/grid.ts";
import { ANY_NUMBER, type AnyMethod, type ParamTable } from "../../src/methods/method.ts";
import type { ComputeDtype } from "../../src/tensor/dtype.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import { bothKernels, expectSameFloats, repetitiveFloat } from "./kernel-twins.ts";
import { defaults, type Inputs, mergeStored, mergeWhole } from "./merge-whole.ts";

export type Law =
  | "leaves its inputs alone"
  | "answers the same twice"
  | "returns finite numbers on the grid"
  | "does not depend on how the tensor is cut into blocks"
  | "computes the same bits with the plain kernels"
  | "computes the same bits where rewrites are kept"
  | "computes the same bits from stored elements"
  | "returns the model when all models are equal"
  | "does not care about the order of the models";

/** A tensor of every model, and what it is merged with. */
export interface Case {
  readonly base: readonly number[];
  readonly models: readonly (readonly number[])[];
  readonly shape?: Shape;
  readonly dtype?: ComputeDtype;
}

interface Excuse {
  readonly because: string;
  readonly example: Case;
}

/** What a method's own test adds to the contract. */
export interface ContractOptions {
  /** Settings besides the defaults, for so many models. */
  readonly settings?: (count: number) => Readonly<Record<string, unknown>>;
  readonly excuses?: Partial<Record<Law, Excuse>>;
  /** What rounding errors are in proportion to: the entry's own numbers, or those of the tensor. @default "entry" */
  readonly errorsGrowWith?: "entry" | "tensor";
}

const [wasm, plain] = bothKernels();
const GRIDS: readonly ComputeDtype[] = ["F32", "BF16", "F16"];

function casesFor(method: AnyMethod): fc.Arbitrary<Case> {
  const most = Math.min(method.arity[1], 5) - (method.base === "required" ? 1 : 0);
  const least = Math.max(1, method.arity[0] - (method.base === "required" ? 1 : 0));
  const shapes = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 24 })),
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })),
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  );
  const frame = fc.record({
    shape: shapes,
    count: fc.integer({ min: least, max: most }),
    dtype: fc.constantFrom(...GRIDS),
  });
  return frame.chain(({ shape, count, dtype }) => {
    const n = shape.reduce((product: number, size) => product * size, 1);
    // float16 has no room for the squares of large numbers, and weights are small
    const entry = repetitiveFloat.map((value) => roundToGrid(dtype, dtype === "F16" ? value / 256 : value));
    const tensor = fc.array(entry, { minLength: n, maxLength: n });
    const models = fc.array(tensor, { minLength: count, maxLength: count });
    return fc.record({ base: tensor, models }).map((tensors) => ({ ...tensors, shape, dtype }));
  });
}

/** Registers the tests of a method's contract. */
export function describeMethodContract(method: AnyMethod, options: ContractOptions = {}): void {
  const { excuses = {}, errorsGrowWith = "entry" } = options;
  const inputsOf = ({ base, models, shape = [base.length], dtype = "F32" }: Case): Inputs => ({
    base: method.base === "ordinary" ? undefined : Float32Array.from(base),
    models: models.map((model) => Float32Array.from(model)),
    shape,
    dtype,
  });
  const run = (c: Case, { kernels = wasm, blockElements = 1000, keepsRewrites = false } = {}): Float32Array => {
    const settings = { ...defaults(method.params, c.models.length), ...options.settings?.(c.models.length) };
    return mergeWhole(method, inputsOf(c), settings, { kernels, blockElements, keepsRewrites, seed: 7 });
  };

  const laws: Record<Law, (c: Case) => void> = {
    "leaves its inputs alone": (c) => {
      expect(() => run(c)).not.toThrow();
    },
    "answers the same twice": (c) => expectSameFloats(run(c), run(c)),
    "returns finite numbers on the grid": (c) => {
      const grid = method.result ?? c.dtype ?? "F32";
      for (const value of run(c)) {
        expect(value).toSatisfy(Number.isFinite);
        expect(roundToGrid(grid, value)).toBe(value);
      }
    },
    "does not depend on how the tensor is cut into blocks": (c) => {
      const whole = run(c);
      for (const blockElements of [1, 3, 4, 7]) expectSameFloats(run(c, { blockElements }), whole);
    },
    "computes the same bits with the plain kernels": (c) => expectSameFloats(run(c, { kernels: plain }), run(c)),
    "computes the same bits where rewrites are kept": (c) => {
      expectSameFloats(run(c, { keepsRewrites: true, blockElements: 3 }), run(c));
    },
    "computes the same bits from stored elements": (c) => {
      const settings = { ...defaults(method.params, c.models.length), ...options.settings?.(c.models.length) };
      const stored = mergeStored(method, inputsOf(c), settings, { kernels: wasm, seed: 7 });
      if (stored !== undefined) expectSameFloats(stored, run(c));
    },
    "returns the model when all models are equal": (c) => {
      const [model] = c.models;
      const same: Case = { ...c, models: c.models.map(() => model!) };
      expectClose(run(same), model!, same, errorsGrowWith);
    },
    "does not care about the order of the models": (c) => {
      expectClose(run({ ...c, models: c.models.toReversed() }), [...run(c)], c, errorsGrowWith);
    },
  };

  describe(`${method.name}: contract`, () => {
    it("describes itself", () => {
      expect(method.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(method.title).not.toBe("");
      expect(method.source).toMatch(/^https:\/\//);
      expect(method.arity[0]).toBeGreaterThanOrEqual(1);
      expect(method.arity[1]).toBeGreaterThanOrEqual(method.arity[0]);
      for (const [name, param] of Object.entries<ParamTable[string]>(method.params)) {
        expect(param.doc, name).toMatch(/^[A-Z].*\.$/);
        if (param.kind !== "number") continue;
        const [min, max] = param.range;
        expect(Math.max(Math.abs(min), Math.abs(max))).toBeLessThanOrEqual(ANY_NUMBER[1]);
        if (param.default == null) continue;
        expect(param.default).toBeGreaterThanOrEqual(min);
        expect(param.default).toBeLessThanOrEqual(max);
      }
    });

    const cases = casesFor(method);
    for (const [law, check] of Object.entries(laws) as [Law, (c: Case) => void][]) {
      const excuse = excuses[law];
      if (excuse === undefined) it(law, () => fc.assert(fc.property(cases, check)));
      else it(`${law}: excused, ${excuse.because}`, () => expect(() => check(excuse.example)).toThrow());
    }
  });
}

/** Equal to within a few roundings of the largest number that took part in the entry, or in the tensor. */
function expectClose(
  actual: Float32Array,
  expected: readonly number[],
  { base, models, dtype = "F32" }: Case,
  errorsGrowWith: "entry" | "tensor",
): void {
  const step = { F32: 2 ** -20, BF16: 2 ** -6, F16: 2 ** -9 }[dtype];
  const smallest = dtype === "F16" ? 2 ** -22 : 2 ** -120;
  const sizes = base.map((_, i) => Math.max(...[base, ...models].map((tensor) => Math.abs(tensor[i]!))));
  const largest = Math.max(...sizes);
  for (const [i, v] of expected.entries()) {
    const bound = (errorsGrowWith === "entry" ? sizes[i]! : largest) * step + smallest;
    expect(Math.abs(actual[i]! - v), `entry ${i}: ${actual[i]} is not ${v}`).toBeLessThanOrEqual(bound);
  }
}
