import { describe, expect, it } from "vitest";
import { padBatch } from "./padded-batch.ts";
import { splitByTurning } from "./turning-groups.ts";

const turning = (length: number): string => (length > 2 ? "long" : "");

describe("splitByTurning", () => {
  it("leaves a batch whose positions turn alike as it is", () => {
    const batch = padBatch([[1, 2], [3]], 4, [[1], [0]]);
    expect(splitByTurning(batch, turning)).toEqual([batch]);
  });

  it("cuts between short and long sequences, and cuts padding off", () => {
    const batch = padBatch([[1, 2], [3], [4, 5, 6, 7], [8, 9, 10]], 4, [[0, 1], [0], [3], [1, 2]]);
    expect(splitByTurning(batch, turning)).toEqual([
      padBatch([[1, 2], [3]], 4, [[0, 1], [0]]),
      padBatch(
        [
          [4, 5, 6, 7],
          [8, 9, 10],
        ],
        6,
        [[3], [1, 2]],
      ),
    ]);
  });
});
