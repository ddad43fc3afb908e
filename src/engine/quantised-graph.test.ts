import { describe, expect, it, onTestFinished } from "vitest";
import { FORWARD_FAMILIES } from "../../test/forward-families.ts";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Model } from "../model/model.ts";
import { createQuantisedMatrix, quantiseRows } from "./block-quantisation.ts";
import { openEngine } from "./engine.ts";
import { multiply } from "./linear-graph.ts";
import type { WeightForm } from "./matrix-type.ts";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { quantiseProducts } from "./quantised-graph.ts";
import { loadRuntime } from "./runtime.ts";
import { ownSession } from "./session-pool.ts";

const runtime = await loadRuntime();
const kernels = createPlainKernels(2 ** 24);
/** Small weights from −0.5 to 0.5 that nobody trained are the hardest to round. */
const MOST = { int8: 0.1, int4: 0.8 };
const ids = [3, 9, 4, 5, 6, 20, 11, 2];
const requests = [{ context: [3, 9, 4], continuation: [5, 6] }];

async function open(model: Model, weights: WeightForm) {
  const engine = await openEngine(model, { kernels, threads: 1, weights });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

async function logitsOf(model: Model, weights: WeightForm): Promise<Float32Array> {
  const [logits] = await (await open(model, weights)).logits([ids]);
  return logits!;
}

/** Length of the difference in lengths of the exact one. */
function relativeError(found: Float32Array, exact: Float32Array): number {
  const norm = (values: Float32Array): number => Math.hypot(...values);
  return norm(found.map((value, i) => value - exact[i]!)) / norm(exact);
}

describe("quantiseProducts", () => {
  it.each([
    [8, 0.01],
    [4, 0.08],
  ] as const)("multiplies by matrices of %i bits", async (bits, most) => {
    const [rows, columns] = [6, 40];
    const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i));
    const matrix = createQuantisedMatrix(bits, rows, columns);
    quantiseRows(values, 0, matrix);
    const g = createGraphBuilder("product");
    multiply(g, g.input("x", "float32", ["N", "C"]), g.input("w", "float32", ["O", "C"]), "y");
    g.output("y", "float32", ["N", "O"]);
    const graph = quantiseProducts(g.graph(), new Map([["w", matrix]]));
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    const { session, release } = await ownSession({ graph, threads: 1 });
    const x = Float32Array.from({ length: 2 * columns }, (_, i) => Math.cos(3 * i));
    const { y } = await session.run({ x: new runtime.Tensor("float32", x, [2, columns]) });
    release();
    const exact = Float32Array.from({ length: 2 * rows }, (_, i) => {
      const [from, row] = [Math.floor(i / rows) * columns, (i % rows) * columns];
      return x.subarray(from, from + columns).reduce((sum, value, c) => sum + value * values[row + c]!, 0);
    });
    expect(y!.dims).toEqual([2, rows]);
    expect(relativeError(y!.data as Float32Array, exact)).toBeLessThan(most);
  });
});

describe("an engine that holds matrices in few bits", () => {
  const cases = Object.entries(FORWARD_FAMILIES).map(
    (family, i) => [...family, i % 4 === 0 ? "int4" : "int8"] as const,
  );
  it.each(cases)("computes nearly the same for a model like %s", async (_, { config, shapes }, form) => {
    const model = generateModel(config, shapes);
    const error = relativeError(await logitsOf(model, form), await logitsOf(model, "float32"));
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(MOST[form]);
  });

  it("takes the weights of the model that was loaded last", async () => {
    const [first, second] = [
      generateModel(LLAMA_CONFIG, LLAMA_SHAPES),
      generateModel(LLAMA_CONFIG, LLAMA_SHAPES, { edit: (_, values) => void values.reverse() }),
    ];
    const engine = await open(first, "int8");
    const before = [await engine.score(requests), await engine.generate([{ prompt: [1, 2], maxTokens: 4, until: [] }])];
    await engine.load(second);
    expect(await engine.score(requests)).toEqual(await (await open(second, "int8")).score(requests));
    await engine.load(first);
    expect([
      await engine.score(requests),
      await engine.generate([{ prompt: [1, 2], maxTokens: 4, until: [] }]),
    ]).toEqual(before);
  });

  it("does not hide weights that are not numbers", async () => {
    const edit = (name: string, values: Float32Array): void => {
      if (name.includes("down_proj")) values[7] = Number.NaN;
    };
    const engine = await open(generateModel(LLAMA_CONFIG, LLAMA_SHAPES, { edit }), "int4");
    await expect(engine.generate([{ prompt: [1, 2], maxTokens: 2, until: [] }])).rejects.toMatchObject({
      code: "engine/not_finite",
    });
  });
});
