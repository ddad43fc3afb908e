import { expect, it } from "vitest";
import { LLAMA_MODULES } from "./llama.ts";
import { mapModules } from "./map-modules.ts";

it("changes names at every depth, and leaves out what is not there", () => {
  const experts = { router: "r", gateUp: "g", down: "d", shared: { gate: "a", up: "b", down: "c", weight: "w" } };
  const mapped = mapModules({ ...LLAMA_MODULES, experts, positions: undefined as never }, (name) => `${name}!`);
  expect(mapped.head).toBe("lm_head!");
  expect(mapped.experts?.shared?.weight).toBe("w!");
  expect(mapped.positions).toBeUndefined();
});
