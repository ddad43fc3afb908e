import { expect, it } from "vitest";
import { fuzzGguf } from "../../scripts/fuzz-gguf.ts";

it("refuses damaged files with coded errors only, whatever the damage", () => {
  const outcome = fuzzGguf(1, 2000);
  expect(outcome["accepted"]).toBeGreaterThan(10);
  expect(Object.keys(outcome).length, JSON.stringify(outcome)).toBeGreaterThan(8);
});
