import { describe, expect, it, onTestFinished } from "vitest";
import { FORWARD_FAMILIES } from "../../test/forward-families.ts";
import { generateModel, LLAMA_CONFIG, LLAMA_SHAPES } from "../../test/generated-model.ts";
import { narrowModel } from "../../test/narrowed-model.ts";
import { createPlainKernels } from "../kernels/create-plain-kernels.ts";
import type { Model } from "../model/model.ts";
import { openEngine } from "./engine.ts";
import type { WeightForm } from "./matrix-type.ts";
import type { Graph } from "./onnx/encode-model.ts";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { loadRuntime } from "./runtime.ts";
import { leaseSession } from "./session-pool.ts";
import { type WidenedInputs, widenInputs } from "./widened-graph.ts";

const runtime = await loadRuntime();
const kernels = createPlainKernels(2 ** 24);
const requests = [
  { context: [3, 9, 4], continuation: [5, 6] },
  { context: [7], continuation: [1, 2, 8] },
];

async function answersOf(model: Model, weights: WeightForm) {
  const engine = await openEngine(model, { kernels, threads: 1, weights });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const [logits] = await engine.logits([[3, 9, 4, 5, 6]]);
  return { logits, scores: await engine.score(requests) };
}

describe("an engine that holds matrices as they are stored", () => {
  it.each(Object.entries(FORWARD_FAMILIES))("computes the same for a model like %s", async (_, { config, shapes }) => {
    const model = narrowModel(generateModel(config, shapes), "BF16", kernels);
    expect(await answersOf(model, "stored")).toEqual(await answersOf(model, "float32"));
  });

  it("does so with float16, and after another model was loaded", async () => {
    const model = narrowModel(generateModel(LLAMA_CONFIG, LLAMA_SHAPES), "F16", kernels);
    expect(await answersOf(model, "stored")).toEqual(await answersOf(model, "float32"));
    const engine = await openEngine(narrowModel(model, "BF16", kernels), { kernels, threads: 1, weights: "stored" });
    onTestFinished(() => engine[Symbol.asyncDispose]());
    await engine.load(model);
    expect(await engine.score(requests)).toEqual((await answersOf(model, "float32")).scores);
  });

  it("refuses a model whose matrices have more bits", async () => {
    const opening = openEngine(generateModel(LLAMA_CONFIG, LLAMA_SHAPES), { kernels, weights: "stored" });
    await expect(opening).rejects.toMatchObject({ code: "engine/not_16_bit", details: { got: ["F32"] } });
  });
});

describe("widenInputs", () => {
  /** Bits of 1, 2, 3 … as bfloat16. */
  const bits = (count: number): Uint16Array =>
    Uint16Array.from(new Uint32Array(Float32Array.from({ length: count }, (_, i) => i + 1).buffer), (x) => x >>> 16);
  const held: WidenedInputs = {
    type: "BF16",
    isHeld: (name) => name === "table",
    pieces: new Map([["table", { rows: 5, pieceRows: 2 }]]),
  };

  async function run(graph: Graph, feeds: Readonly<Record<string, InstanceType<typeof runtime.Tensor>>>) {
    const { session, release } = await leaseSession({ graph: widenInputs(graph, held), threads: 1 });
    onTestFinished(release);
    const table = new runtime.Tensor("uint16", bits(10), [5, 2]);
    return (await session.run({ table, ...feeds }))["y"]!;
  }

  it("multiplies by a matrix piece by piece, the last piece being shorter", async () => {
    const g = createGraphBuilder("product");
    const operands = [g.input("x", "float32", ["N", "C"]), g.input("table", "float32", ["V", "C"])];
    g.node("FusedMatMul", operands, { set: "microsoft", attributes: { transB: { int: 1 } }, outputs: ["y"] });
    g.output("y", "float32", ["N", "V"]);
    const { data, dims } = await run(g.graph(), { x: new runtime.Tensor("float32", [1, 0, 10, 1], [2, 2]) });
    expect(dims).toEqual([2, 5]);
    expect([...(data as Float32Array)]).toEqual([1, 3, 5, 7, 9, 12, 34, 56, 78, 100]);
  });

  it("looks rows up before it widens them", async () => {
    const g = createGraphBuilder("lookup");
    g.node("Gather", [g.input("table", "float32", ["V", "C"]), g.input("ids", "int32", ["N"])], { outputs: ["y"] });
    g.output("y", "float32", ["N", "C"]);
    const widened = widenInputs(g.graph(), held);
    expect(widened.nodes.map(({ operator }) => operator)).toEqual(["Gather", "BitCast", "Cast"]);
    const { data } = await run(g.graph(), { ids: new runtime.Tensor("int32", [4, 0], [2]) });
    expect([...(data as Float32Array)]).toEqual([9, 10, 1, 2]);
  });
});
