import { describe, expect, it } from "vitest";
import type { Graph } from "./onnx/encode-model.ts";
import { createGraphBuilder } from "./onnx/graph-builder.ts";
import { leaseSession } from "./session-pool.ts";

function graphOf(operator: string, name = operator): Graph {
  const g = createGraphBuilder(name);
  g.node(operator, [g.input("x", "float32", ["n"])], { outputs: ["y"] });
  g.output("y", "float32", ["n"]);
  return g.graph();
}

describe("leaseSession", () => {
  it("lends one session to all who want the same graph, also after it was given back", async () => {
    const [a, b] = await Promise.all([
      leaseSession({ graph: graphOf("Neg"), threads: 1 }),
      leaseSession({ graph: graphOf("Neg"), threads: 1 }),
    ]);
    expect(a.session).toBe(b.session);
    a.release();
    b.release();
    const c = await leaseSession({ graph: graphOf("Neg"), threads: 1 });
    expect(c.session).toBe(a.session);
    c.release();
  });

  it("makes another session for another graph or number of threads", async () => {
    const leases = await Promise.all([
      leaseSession({ graph: graphOf("Abs"), threads: 1 }),
      leaseSession({ graph: graphOf("Sqrt"), threads: 1 }),
      leaseSession({ graph: graphOf("Abs"), threads: 2 }),
    ]);
    expect(new Set(leases.map(({ session }) => session)).size).toBe(3);
    for (const { release } of leases) release();
  });

  it("closes the oldest of the sessions that nobody uses, and none that is used", async () => {
    const used = await leaseSession({ graph: graphOf("Exp", "used"), threads: 1 });
    const idle = [];
    for (let i = 0; i < 6; i++) idle.push(await leaseSession({ graph: graphOf("Exp", `idle ${i}`), threads: 1 }));
    for (const { release } of idle) release();
    const again = await leaseSession({ graph: graphOf("Exp", "used"), threads: 1 });
    const newest = await leaseSession({ graph: graphOf("Exp", "idle 5"), threads: 1 });
    const oldest = await leaseSession({ graph: graphOf("Exp", "idle 0"), threads: 1 });
    expect(again.session).toBe(used.session);
    expect(newest.session).toBe(idle[5]!.session);
    expect(oldest.session).not.toBe(idle[0]!.session);
    for (const { release } of [used, again, newest, oldest]) release();
  });

  it("counts a lease that is given back twice once", async () => {
    const request = { graph: graphOf("Floor"), threads: 1 };
    const [a, b] = await Promise.all([leaseSession(request), leaseSession(request)]);
    a.release();
    a.release();
    for (let i = 0; i < 6; i++) (await leaseSession({ graph: graphOf("Ceil", `other ${i}`), threads: 1 })).release();
    const c = await leaseSession(request);
    expect(c.session).toBe(b.session);
    b.release();
    c.release();
  });

  it("forgets a graph that ONNX Runtime refuses", async () => {
    const request = { graph: graphOf("NoSuchOperator"), threads: 1 };
    await expect(leaseSession(request)).rejects.toMatchObject({
      code: "engine/run_failed",
      details: { step: 'making the graph "NoSuchOperator"' },
    });
    await expect(leaseSession(request)).rejects.toMatchObject({ code: "engine/run_failed" });
  });
});
