import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { addRunEnd, runSession } from "./run-end.ts";
import { leaseSession } from "./session-pool.ts";

function doublingGraph() {
  const g = createGraphBuilder("double");
  const x = g.input("x", "float32", ["n"]);
  addRunEnd(g, g.input("count", "int32", [1]));
  g.node("Add", [x, x], { outputs: ["y"] });
  g.output("y", "float32", ["n"]);
  return g.graph();
}

function floats(data: Float32Array): Tensor {
  return new Tensor("float32", data, [data.length]);
}

const count = new Tensor("int32", Int32Array.of(1), [1]);

describe("runSession", () => {
  it("writes outputs into the memory given for them, at its place in a larger array", async () => {
    const { session, release } = await leaseSession({ graph: doublingGraph(), threads: 1 });
    const memory = new Float32Array(5);
    await runSession(
      session,
      { x: floats(Float32Array.of(1, 2, 3)), count },
      { y: floats(memory.subarray(1, 4)) },
      "a step",
    );
    expect([...memory]).toEqual([0, 2, 4, 6, 0]);
    release();
  });

  it("does not copy them once more", async () => {
    const { session, release } = await leaseSession({ graph: doublingGraph(), threads: 1 });
    const n = 2 ** 20;
    const [x, y] = [floats(new Float32Array(n)), floats(new Float32Array(n))];
    await runSession(session, { x, count }, { y }, "a step");
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 4; i++) await runSession(session, { x, count }, { y }, "a step");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * n);
    release();
  });

  it("says which step failed, and why", async () => {
    const { session, release } = await leaseSession({ graph: doublingGraph(), threads: 1 });
    const x = floats(new Float32Array(2));
    const failing = runSession(session, { x, count }, { y: floats(new Float32Array(3)) }, "a step");
    await expect(failing).rejects.toMatchObject({
      code: "engine/run_failed",
      details: { step: "a step", why: expect.stringContaining("shape") },
    });
    release();
  });
});
