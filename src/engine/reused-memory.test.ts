import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createReusedMemory } from "./reused-memory.ts";

it("hands out the same memory for every set, zeroed", () => {
  const memory = createReusedMemory(100, "a layer");
  const first = memory.allocate(4).fill(7);
  memory.allocate(2);
  memory.reset();
  const again = memory.allocate(3);
  expect(again.buffer).toBe(first.buffer);
  expect([...again]).toEqual([0, 0, 0]);
  expect(memory.allocate(5)).toHaveLength(5);
});

it("keeps within its bound", () => {
  const memory = createReusedMemory(100, "a layer");
  memory.allocate(20);
  const details = expectCode("engine/out_of_memory", () => memory.allocate(6));
  expect(details).toEqual({ what: "a layer", needBytes: 104, memoryBytes: 100 });
  memory.reset();
  expect(memory.allocate(25)).toHaveLength(25);
});
