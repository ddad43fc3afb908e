import { expect, it } from "vitest";
import { fuzzSafetensors } from "../../scripts/fuzz-safetensors.ts";

it("refuses damaged headers with coded errors only, whatever the damage", () => {
  const outcome = fuzzSafetensors(1, 3000);
  expect(outcome["accepted"]).toBeGreaterThan(10);
  expect(Object.keys(outcome).length, JSON.stringify(outcome)).toBeGreaterThan(12);
});
