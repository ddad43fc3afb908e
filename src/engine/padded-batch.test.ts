import { expect, it } from "vitest";
import { padBatch } from "./padded-batch.ts";

it("fills short sequences up on the right, and numbers wanted positions through the whole batch", () => {
  const batch = padBatch([[1, 2, 3], [4]], 5, [[0, 2], [0]]);
  expect([...batch.ids]).toEqual([1, 2, 3, 4, 0, 0]);
  expect([...batch.last]).toEqual([2, 0]);
  expect([...batch.rows]).toEqual([0, 2, 3]);
  expect(batch.slot).toBe(5);
});
