import { expect, it } from "vitest";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import { linear } from "../methods/linear.ts";
import type { Model } from "../model/model.ts";
import { mergeTensor } from "./merge-tensor.ts";

const N = 200_000;

/** A model of one bfloat16 tensor whose elements are `value`, but 2 at one place. */
function modelOf(value: number, twoAt: number): Model {
  const patterns = Uint16Array.from({ length: N }, (_, i) => (i === twoAt ? 0x4000 : value * 0x3f80));
  const bytes = new Uint8Array(patterns.buffer);
  return {
    name: "m",
    config: {},
    tensors: new Map([["w", { name: "w", dtype: "BF16", shape: [N] }]]),
    filesFolder: ".",
    read: (_name, start, into) => into.set(bytes.subarray(start, start + into.length)),
    identity: () => "m",
    [Symbol.dispose]() {},
  };
}

const models = [modelOf(0, 99_999), modelOf(1, N - 1)];
const work = {
  kind: "merge",
  compute: "BF16",
  base: undefined,
  models: [0, 1].map((model) => ({ model, tensor: "w" })),
  settings: { weight: [1, 1], normalize: false },
  drawStart: 0,
} as const;

/** Merges into a file where the tensor begins at the offset. @returns its numbers, and where pieces end in the file. */
function merge(offset: number) {
  const written = new Uint8Array(2 * N);
  const ends: number[] = [];
  const seen = [0, 0];
  const tensor = { name: "w", shape: [N], dtype: "BF16", work } as const;
  const onRead = (input: number, bytes: Uint8Array): void => {
    seen[input]! += bytes.length;
  };
  const task = { tensor, method: linear, models, seed: 0, onRead, offset };
  mergeTensor(task, { kernels: createPlainKernels(2 ** 22), tileBytes: 2 ** 20 }, (bytes, start) => {
    expect(start).toBe((ends.at(-1) ?? offset) - offset);
    written.set(bytes, start);
    ends.push(offset + start + bytes.length);
  });
  return { numbers: new Uint16Array(written.buffer), ends, seen };
}

it.each([0, 25_000, 4095, 131_072])("merges in pieces that end where pages do, from byte %d of a file", (offset) => {
  const { numbers, ends, seen } = merge(offset);
  expect(ends.slice(0, -1).every((end) => end % 4096 === offset % 2)).toBe(true);
  expect(ends.at(-1)).toBe(offset + 2 * N);
  expect(ends.length).toBeGreaterThan(3);
  expect(seen).toEqual([2 * N, 2 * N]);
  // 1 everywhere, 3 where the first has its 2, 2 where the second has it.
  const counts = Map.groupBy(numbers, (pattern) => pattern);
  expect([...counts].map(([pattern, all]) => [pattern, all.length])).toEqual([
    [0x3f80, N - 2],
    [0x4040, 1],
    [0x4000, 1],
  ]);
});
