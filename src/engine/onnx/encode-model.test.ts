import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { encodeModel } from "./encode-model.ts";
import { createGraphBuilder } from "./graph-builder.ts";

function floats(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor("float32", Float32Array.from(values), dims);
}

describe("encodeModel", () => {
  it("writes graphs that ONNX Runtime loads and computes", async () => {
    const g = createGraphBuilder("sum");
    const sum = g.node("Add", [g.input("a", "float32", ["n"]), g.input("b", "float32", ["n"])]);
    g.node("Neg", [sum], { outputs: ["c"] });
    g.output("c", "float32", ["n"]);
    const session = await InferenceSession.create(encodeModel(g.graph()));
    const { c } = await session.run({ a: floats([1, 2], [2]), b: floats([10, 20], [2]) });
    expect([...(c!.data as Float32Array)]).toEqual([-11, -22]);
    await session.release();
  });

  it("tells names, types and sizes of inputs and outputs", async () => {
    const g = createGraphBuilder("gather");
    g.node("Gather", [g.input("table", "float32", ["rows", 3]), g.input("ids", "int32", ["n"])], {
      outputs: ["found"],
    });
    g.output("found", "float32", ["n", 3]);
    const session = await InferenceSession.create(encodeModel(g.graph()));
    expect(session.inputMetadata).toEqual([
      { name: "table", isTensor: true, type: "float32", shape: ["rows", 3] },
      { name: "ids", isTensor: true, type: "int32", shape: ["n"] },
    ]);
    expect(session.outputMetadata).toEqual([{ name: "found", isTensor: true, type: "float32", shape: ["n", 3] }]);
    await session.release();
  });

  it("writes integer and float settings, and operators of both sets", async () => {
    const g = createGraphBuilder("settings");
    const flat = g.node("Flatten", [g.input("x", "float32", ["a", "b", "c"])], { attributes: { axis: { int: 2 } } });
    const attributes = { alpha: { float: 0.5 } };
    g.node("QuickGelu", [flat], { set: "microsoft", attributes, outputs: ["y"] });
    g.output("y", "float32", ["d", "c"]);
    const session = await InferenceSession.create(encodeModel(g.graph()));
    const { y } = await session.run({ x: floats([1, -2, 3, 0.5], [1, 2, 2]) });
    expect(y!.dims).toEqual([2, 2]);
    for (const [i, x] of [1, -2, 3, 0.5].entries()) {
      expect((y!.data as Float32Array)[i]).toBeCloseTo(x / (1 + Math.exp(-0.5 * x)), 6);
    }
    await session.release();
  });

  it("leaves out optional inputs and outputs that have no name", async () => {
    const g = createGraphBuilder("optional");
    g.node("Clip", [g.input("x", "float32", ["n"]), "", g.input("most", "float32", [])], { outputs: ["y"] });
    g.output("y", "float32", ["n"]);
    const session = await InferenceSession.create(encodeModel(g.graph()));
    const { y } = await session.run({ x: floats([-5, 5], [2]), most: floats([2], []) });
    expect([...(y!.data as Float32Array)]).toEqual([-5, 2]);
    await session.release();
  });

  it("declares outputs that are lists of tensors", async () => {
    const g = createGraphBuilder("list");
    g.node("SequenceConstruct", [g.input("x", "int32", ["n"])], { outputs: ["list"] });
    g.outputSequence("list", "int32");
    const session = await InferenceSession.create(encodeModel(g.graph()));
    expect(session.outputMetadata).toEqual([{ name: "list", isTensor: false }]);
    await session.release();
  });
});
