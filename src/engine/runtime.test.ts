import { expect, it } from "vitest";
import { importRuntime, loadRuntime } from "./runtime.ts";

it("loads ONNX Runtime once", async () => {
  const [a, b] = await Promise.all([loadRuntime(), loadRuntime()]);
  expect(a).toBe(b);
  expect(a.Tensor).toBeTypeOf("function");
});

it("says how to get a package that cannot be loaded", async () => {
  const failing = importRuntime(() => Promise.reject(new Error("Cannot find package 'onnxruntime-node'")));
  await expect(failing).rejects.toMatchObject({
    code: "engine/runtime_missing",
    blame: "environment",
    details: { why: "Cannot find package 'onnxruntime-node'" },
  });
});
