import { describe, expect, it } from "vitest";
import { rollingWindows } from "./rolling-windows.ts";

const ids = [1, 2, 3, 4, 5, 6, 7];

describe("rollingWindows", () => {
  it("asks for a short text whole, after the start token", () => {
    expect(rollingWindows(ids, 0, 7)).toEqual([{ context: [0], continuation: ids }]);
    expect(rollingWindows([], 0, 7)).toEqual([{ context: [0], continuation: [] }]);
  });

  it("gives the last part of a long text as much before it as there is room for", () => {
    expect(rollingWindows(ids, 0, 3)).toEqual([
      { context: [0], continuation: [1, 2, 3] },
      { context: [3], continuation: [4, 5, 6] },
      { context: [4, 5, 6], continuation: [7] },
    ]);
  });
});
