import { expect, it } from "vitest";
import { createPlainKernels } from "../../kernels/create-plain-kernels.ts";
import type { Model } from "../../model/model.ts";
import { diffModels } from "./diff-models.ts";
import { measureTensor } from "./tensor-statistics.ts";

const UP = "model.layers.0.mlp.up_proj.weight";
const KEY = "model.layers.0.self_attn.k_proj.weight";
const NORM = "model.norm.weight";

/** A model of float32 tensors, in memory. */
function modelOf(tensors: Readonly<Record<string, readonly (readonly number[])[]>>): Model {
  const stored = new Map(Object.entries(tensors).map(([name, rows]) => [name, Float32Array.from(rows.flat())]));
  const shapeOf = (rows: readonly (readonly number[])[]) =>
    rows.length === 1 ? [rows[0]!.length] : [rows.length, rows[0]!.length];
  return {
    name: "m",
    config: {},
    tensors: new Map(
      Object.entries(tensors).map(([name, rows]) => [name, { name, dtype: "F32", shape: shapeOf(rows) }]),
    ),
    filesFolder: ".",
    read: (name, start, into) =>
      into.set(new Uint8Array(stored.get(name)!.buffer).subarray(start, start + into.length)),
    identity: () => "m",
    [Symbol.dispose]() {},
  };
}

const kernels = createPlainKernels(2 ** 24);

it("measures a tensor, and leaves out what is not finite", () => {
  const model = modelOf({ w: [[3, -4, 0, Number.NaN]] });
  const { hash, deviation, ...found } = measureTensor({ model, tensor: "w" }, kernels);
  expect(found).toEqual({ mean: -1 / 3, norm: 5, largest: 4, zeros: 0.25, notFinite: 1 });
  expect(deviation).toBeCloseTo(Math.sqrt(25 / 3 - 1 / 9), 12);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(measureTensor({ model: modelOf({ w: [[3, -4, 0, 1]] }), tensor: "w" }, kernels).hash).not.toBe(hash);
});

it("measures tensors larger than a piece as a whole", () => {
  const n = 300_000;
  const model = modelOf({ w: [Array.from({ length: n }, (_, i) => i % 2)] });
  expect(measureTensor({ model, tensor: "w" }, kernels)).toMatchObject({ mean: 0.5, zeros: 0.5, deviation: 0.5 });
});

it("adds changes up by layer and component, with angles between changes to a base", async () => {
  const base = modelOf({
    [UP]: [
      [1, 0],
      [0, 1],
    ],
    [KEY]: [[1, 1]],
    [NORM]: [[2, 2]],
  });
  const a = modelOf({
    [UP]: [
      [2, 0],
      [0, 1],
    ],
    [KEY]: [[1, 1]],
    [NORM]: [[2, 2]],
  });
  const b = modelOf({
    [UP]: [
      [1, 0],
      [0, 3],
    ],
    [KEY]: [[1, 2]],
    [NORM]: [[2, 2]],
  });
  const seen: string[] = [];
  const found = await diffModels({ a, b, base }, kernels, async ({ name }) => void seen.push(name));
  expect(seen).toEqual([UP, KEY, NORM]);
  expect(found.groups.map(({ layer, component }) => [layer, component])).toEqual([
    [0, "attention"],
    [0, "mlp"],
    [undefined, "norm"],
  ]);
  expect(found.tensors[0]).toMatchObject({
    elements: 4,
    changed: 2,
    squares: 5,
    origin: 5,
    aa: 1,
    bb: 4,
    ab: 0,
    largest: 2,
  });
  expect(found.tensors[0]!.rank).toBeGreaterThan(1);
  expect(found.tensors[1]!.rank).toBeUndefined();
  expect(found.all).toEqual({ elements: 8, changed: 3, squares: 6, origin: 15, aa: 1, bb: 5, ab: 0 });
});

it("says which tensors it left out, and why", async () => {
  const a = modelOf({
    [UP]: [
      [1, 0],
      [0, 1],
    ],
    [KEY]: [[1, 1]],
    only: [[1]],
  });
  const b = modelOf({
    [UP]: [
      [1, 0, 1],
      [0, 1, 1],
    ],
    [KEY]: [[1, 1]],
    other: [[1]],
  });
  const { leftOut, tensors } = await diffModels({ a, b, base: modelOf({}) }, kernels, async () => {});
  expect(tensors).toEqual([]);
  expect([...leftOut]).toEqual([
    [UP, "not in the base"],
    [KEY, "not in the base"],
    ["only", "only in the first model"],
    ["other", "only in the second model"],
  ]);
  const without = await diffModels({ a, b, base: undefined }, kernels, async () => {});
  expect(without.leftOut.get(UP)).toBe("[2,2] and [2,3]");
});
