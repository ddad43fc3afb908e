import { describe, expect, it } from "vitest";
import { wasmKernels } from "../../../test/contracts/kernel-twins.ts";
import { measureHere } from "../../../test/select/measure-here.ts";
import { smallModel } from "../../../test/select/small-models.ts";
import { CodedError } from "../../base/errors.ts";
import { kinshipMatrix, measureKinship } from "./kinship.ts";
import { measurePiece, measuringBytes } from "./measure-piece.ts";
import { MAX_MODELS } from "./plan-comparison.ts";
import { type Metric, signAgreement, similarity, weightSimilarity } from "./similarity.ts";
import { judgeKinship } from "./verdicts.ts";

const NAME = "model.layers.0.mlp.up_proj.weight";
const weights = (...values: number[]) => ({ [NAME]: { shape: [values.length], values } });
const base = smallModel("base", weights(1, 1, 1, 1));
const right = smallModel("right", weights(3, 1, 1, 1));
const up = smallModel("up", weights(1, 2, 1, 1));
const both = smallModel("both", weights(2, 2, 1, 1));
const back = smallModel("back", weights(0, 1, 1, 1));

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  const error = await action().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof CodedError ? error.code : String(error);
}

async function matrix(metric: Metric, run: Parameters<typeof measureHere>[0]) {
  return kinshipMatrix(metric, (await measureHere(run)).all);
}

describe("kinship", () => {
  it("is the cosine of changes, with its sign", async () => {
    const found = await matrix("cosine", { models: [right, up, both, back], base });
    expect(found[0]).toEqual([1, 0, expect.closeTo(Math.SQRT1_2, 12), -1]);
    expect(found.map((row) => row[0])).toEqual(found[0]);
  });

  it("is Pearson's r and the distance, if asked", async () => {
    // Changes (2,0,0,0) and (0,1,0,0): means 1/2 and 1/4.
    expect((await matrix("pearson", { models: [right, up], base }))[0]![1]).toBeCloseTo(-1 / 3, 12);
    expect((await matrix("euclidean", { models: [right, up], base }))[0]![1]).toBeCloseTo(Math.sqrt(5), 12);
  });

  it("of a model with itself or its copy is 1", async () => {
    const copy = smallModel("copy", weights(3, 1, 1, 1));
    const found = await measureHere({ models: [right, copy], base });
    expect(kinshipMatrix("cosine", found.all)).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(kinshipMatrix("euclidean", found.all)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(judgeKinship(found).nearDuplicates).toEqual([["right", "copy"]]);
  });

  it("of one model alone is a matrix of one", async () => {
    expect(await matrix("cosine", { models: [right], base })).toEqual([[1]]);
    expect(await matrix("cosine", { models: [right], base: undefined })).toEqual([[1]]);
  });

  it("is not defined for a model that is the base, but two of them are identical", async () => {
    const same = smallModel("same", weights(1, 1, 1, 1));
    const found = await measureHere({ models: [right, same, base], base });
    expect(kinshipMatrix("cosine", found.all)).toEqual([
      [1, Number.NaN, Number.NaN],
      [Number.NaN, 1, 1],
      [Number.NaN, 1, 1],
    ]);
    expect(judgeKinship(found).sameAsBase).toEqual(["same", "base"]);
    expect(judgeKinship(found).notDescendants).toEqual([]);
  });

  it("without a base is measured from the models' mean", async () => {
    const found = await matrix("cosine", { models: [right, up, back], base: undefined });
    // The mean is (4/3, 4/3, 1, 1): changes (5,-1), (-1,2), (-4,-1), each over 3.
    expect(found[0]![1]).toBeCloseTo(-7 / Math.sqrt(26 * 5), 6);
    expect(found[0]![2]).toBeCloseTo(-19 / Math.sqrt(26 * 17), 6);
  });

  it("leaves a tensor with NaN out of that model's pairs, and says so", async () => {
    const two = (first: number, second: number) => ({
      ...weights(first),
      "model.norm.weight": { shape: [1], values: [second] },
    });
    const models = [smallModel("a", two(3, 2)), smallModel("b", two(2, Number.NaN)), smallModel("c", two(1, 5))];
    const found = await measureHere({ models, base: smallModel("base", two(1, 1)) });
    expect(found.notFinite).toEqual([{ model: "b", tensors: ["model.norm.weight"] }]);
    expect(found.all[0]![1]).toMatchObject({ elements: 1, ab: 2 });
    expect(found.all[0]![2]).toMatchObject({ elements: 2, ab: 4 });
  });

  it("is not defined when all of a model is NaN", async () => {
    const broken = smallModel("broken", weights(Number.NaN, 1, 1, 1));
    expect((await matrix("cosine", { models: [right, broken], base }))[0]).toEqual([1, Number.NaN]);
  });

  it("compares different vocabularies by the base's rows; rows that are missing are unchanged", async () => {
    const table = (name: string, ...rows: number[]) =>
      smallModel(name, { "model.embed_tokens.weight": { shape: [rows.length, 1], values: rows } });
    const found = await measureHere({
      models: [table("more", 2, 2, 2, 9), table("fewer", 2, 2)],
      base: table("base", 1, 1, 1),
    });
    expect(found.all[0]![1]).toMatchObject({ elements: 3, aa: 3, bb: 2, ab: 2 });
    const meanwise = await measureHere({ models: [table("more", 2, 2, 2, 9), table("fewer", 0, 0)], base: undefined });
    expect(meanwise.all[0]![1]).toMatchObject({ elements: 2, aa: 2, bb: 2, ab: -2 });
  });

  it("names tensors of other shapes and those that only some have", async () => {
    const wide = smallModel("wide", {
      [NAME]: { shape: [4, 1], values: [1, 2, 3, 4] },
      extra: { shape: [1], values: [1] },
    });
    const found = await measureHere({ models: [right, up, wide], base });
    expect(found.leftOut).toEqual([
      { tensor: NAME, models: ["wide"], why: "another shape" },
      { tensor: "extra", models: ["wide"], why: "not in the base" },
    ]);
    expect(kinshipMatrix("cosine", found.all)[2]).toEqual([Number.NaN, Number.NaN, 1]);
  });

  it("refuses models that share nothing, and more models than a pass can hold", async () => {
    const other = smallModel("other", { a: { shape: [1], values: [1] } });
    const another = smallModel("another", { b: { shape: [1], values: [1] } });
    expect(await codeOf(() => measureHere({ models: [other, another], base: undefined }))).toBe(
      "select/nothing_to_compare",
    );
    const many = Array.from({ length: MAX_MODELS + 1 }, () => right);
    expect(await codeOf(() => measureHere({ models: many, base }))).toBe("select/too_many_models");
  });

  it("sorts out layers, components and thirds of the depth", async () => {
    const layered = (...values: number[]) =>
      Object.fromEntries(
        values.map((value, l) => [`model.layers.${l}.mlp.up_proj.weight`, { shape: [1], values: [value] }]),
      );
    const models = [smallModel("a", { ...layered(1, 1, 1), ...{ "lm_head.weight": { shape: [1, 1], values: [4] } } })];
    const found = await measureHere({
      models,
      base: smallModel("base", { ...layered(0, 0, 0), "lm_head.weight": { shape: [1, 1], values: [0] } }),
    });
    expect([...found.layers.keys()]).toEqual([0, 1, 2]);
    expect([...found.parts.keys()].toSorted()).toEqual(["head", "mlp", "mlp/0", "mlp/1", "mlp/2"]);
    expect(found.parts.get("head")![0]![0]!.aa).toBe(16);
  });

  it("reads each byte of each model once, and does not care in which order pieces are done", async () => {
    const large = (name: string, factor: number) =>
      smallModel(name, {
        w: { shape: [2 ** 21 + 5], values: new Float32Array(2 ** 21 + 5).fill(factor) },
      });
    const pool = { models: [large("a", 2), large("b", 3)], base: large("base", 1) };
    const kernels = wasmKernels(measuringBytes(2));
    const backwards = await measureKinship({
      ...pool,
      runPieces: async (pieces, onDone) => {
        expect(pieces.length).toBe(2);
        for (const index of [1, 0]) onDone(index, measurePiece(pieces[index]!, pool, kernels));
      },
    });
    expect([...pool.models, pool.base].map((model) => model.bytesRead())).toEqual(
      [1, 1, 1].map(() => 4 * (2 ** 21 + 5)),
    );
    expect((await measureHere(pool)).all).toEqual(backwards.all);
    expect(similarity("cosine", backwards.all[0]![1]!)).toBeCloseTo(1, 12);
  });

  it("knows a stranger by its weights, which have nothing of the base's", async () => {
    const stranger = smallModel("stranger", weights(1, -1, 1, -1));
    const found = await measureHere({ models: [right, stranger], base });
    expect(judgeKinship(found).notDescendants).toEqual(["stranger"]);
    expect(judgeKinship(found).unrelated).toEqual([]);
  });
});

it("weights are compared as well as changes", async () => {
  const { all } = await measureHere({ models: [right, both], base });
  expect(weightSimilarity(all[0]![1]!).cosine).toBeCloseTo(10 / Math.sqrt(12 * 10), 12);
  expect(weightSimilarity(all[0]![1]!).normRatio).toBeCloseTo(Math.sqrt(12 / 10), 12);
  expect(weightSimilarity(all[0]![1]!).distance).toBeCloseTo(Math.SQRT2, 12);
  expect(signAgreement(all[0]![1]!)).toBe(1);
});
