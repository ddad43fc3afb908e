import { describe, expect, it } from "vitest";
import { measureHere } from "../../../test/select/measure-here.ts";
import { smallModel } from "../../../test/select/small-models.ts";
import { kinshipMatrix } from "./kinship.ts";
import type { Metric } from "./similarity.ts";
import { createSplitMatrix } from "./split-matrix.ts";

/** A model of a tensor of one element and one of three. */
const model = (name: string, one: number, three: readonly [number, number, number]) =>
  smallModel(name, { a: { shape: [1], values: [one] }, b: { shape: [3], values: three } });
const base = model("base", 0, [0, 0, 0]);
const pool = [model("x", 1, [1, 0, 0]), model("y", 2, [-1, 1, 0]), model("z", 0, [0, 0, 2])];

async function splitOf(metric: Metric) {
  const split = createSplitMatrix(metric, pool.length);
  await measureHere({ models: pool, base, onTensor: split.add });
  return split.finish();
}

describe("a split matrix", () => {
  it("is the mean over tensors, by their sizes", async () => {
    const found = await splitOf("cosine");
    expect(found[0]![1]).toBeCloseTo((1 * 1 + 3 * -Math.SQRT1_2) / 4, 12);
    expect(found[1]![0]).toBe(found[0]![1]);
    expect(found.map((row, i) => row[i])).toEqual([1, 1, 1]);
  });

  it("leaves out tensors that one of the two did not change, but for distances", async () => {
    expect((await splitOf("cosine"))[0]![2]).toBe(0);
    expect((await splitOf("euclidean"))[0]![2]).toBeCloseTo((1 * 1 + 3 * Math.sqrt(5)) / 4, 12);
  });

  it("is not defined where no tensor counts", async () => {
    const split = createSplitMatrix("pearson", 2);
    await measureHere({ models: [base, pool[0]!], base, onTensor: split.add });
    expect(split.finish()).toEqual([
      [1, Number.NaN],
      [Number.NaN, 1],
    ]);
  });
});

describe("changes of eight bits", () => {
  it("are 127ths of the largest of each tensor, ties to even", async () => {
    const rough = smallModel("rough", { a: { shape: [4], values: [127, 63.5, 0.25, -25.4] } });
    const other = smallModel("other", { a: { shape: [4], values: [0, 0, 1, 0] } });
    const zero = smallModel("zero", { a: { shape: [4], values: [0, 0, 0, 0] } });
    const { all } = await measureHere({ models: [rough, other, zero], base: zero, isRounded: true });
    expect(all[0]![0]!.aa).toBeCloseTo(127 ** 2 + 64 ** 2 + 25 ** 2, 6);
    expect(all[0]![1]!.ab).toBe(0);
    expect(all[0]![1]!.bothChanged).toBe(0);
    expect(all[2]![2]!.aa).toBe(0);
  });

  it("are those of the whole tensor, however long it is", async () => {
    const length = 70_000;
    const long = (name: string, last: number) =>
      smallModel(name, {
        a: { shape: [length], values: Array.from({ length }, (_, i) => (i === length - 1 ? last : 1)) },
      });
    const zero = smallModel("zero", { a: { shape: [length], values: new Float32Array(length) } });
    // Of a change of 300, ones are less than half a step.
    const { all } = await measureHere({ models: [long("p", 300), long("q", 1)], base: zero, isRounded: true });
    expect(all[0]![0]!.aa).toBeCloseTo(300 ** 2, 3);
    expect(all[1]![1]!.aa).toBeCloseTo(length, 3);
    expect(kinshipMatrix("cosine", all)[0]![1]).toBeCloseTo(1 / Math.sqrt(length), 9);
  });

  it("keep NaN visible", async () => {
    const broken = smallModel("broken", { a: { shape: [2], values: [Number.NaN, 1] } });
    const fine = smallModel("fine", { a: { shape: [2], values: [1, 1] } });
    const zero = smallModel("zero", { a: { shape: [2], values: [0, 0] } });
    const { notFinite } = await measureHere({ models: [broken, fine], base: zero, isRounded: true });
    expect(notFinite).toEqual([{ model: "broken", tensors: ["a"] }]);
  });
});
