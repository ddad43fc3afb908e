import { expect, it } from "vitest";
import { findByModulePattern } from "./module-pattern.ts";

const MODULE = "model.layers.1.self_attn.q_proj";

it.each([
  ["q_proj", true],
  ["proj", false],
  ["self_attn.q_proj", true],
  ["layers.1.self_attn.q_proj", true],
  ["layers.11.self_attn.q_proj", false],
  ["^model.layers.1.self_attn.q_proj$", true],
  ["^layers.1.self_attn.q_proj", false],
  ["model.layers.1.*q_proj", true],
  ["layers\\.\\d+\\.self_attn\\.q_proj", true],
  [".*", true],
])("takes %s for a name: %s", (pattern, isFound) => {
  expect(findByModulePattern(new Map([[pattern, 7]]), MODULE, "f")).toBe(isFound ? 7 : undefined);
});

it("takes the first that fits", () => {
  const patterns = new Map([
    ["v_proj", 1],
    ["q_proj", 2],
    ["self_attn.q_proj", 3],
  ]);
  expect(findByModulePattern(patterns, MODULE, "f")).toBe(2);
});
