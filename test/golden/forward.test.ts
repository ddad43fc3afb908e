import { join } from "node:path";
import { expect, it } from "vitest";
import { runForward } from "./forward.ts";

it("forward passes agree with transformers", async () => {
  const report = await runForward(join(import.meta.dirname, "data"));
  expect(report.failures).toEqual([]);
  expect(report.passed).toBeGreaterThan(250);
});
