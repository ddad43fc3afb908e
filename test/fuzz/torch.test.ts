import { expect, it } from "vitest";
import { fuzzTorch } from "../../scripts/fuzz-torch.ts";

it("refuses damaged files with coded errors only, whatever the damage", () => {
  const outcome = fuzzTorch(1, 2000);
  expect(outcome["accepted"]).toBeGreaterThan(10);
  expect(Object.keys(outcome).length, JSON.stringify(outcome)).toBeGreaterThan(8);
});
