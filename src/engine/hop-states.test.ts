import { describe, expect, it } from "vitest";
import { createByteCache } from "../base/byte-cache.ts";
import type { Batch } from "./batch.ts";
import { createHopStates, type HopState } from "./hop-states.ts";

const BATCH: Batch = {
  ids: Int32Array.of(5, 6, 7, 8),
  last: Int32Array.of(1, 1),
  slot: 0,
  rows: Int32Array.of(1),
  before: [3],
};
/** Of 48 bytes. */
function stateOf(value: number): HopState {
  const part = () => new Float32Array(4).fill(value);
  return { hidden: part(), attended: { keys: part(), values: part() } };
}

describe("createHopStates", () => {
  it("finds the first layers, up to one that is not there", () => {
    const states = createHopStates(createByteCache(1000));
    for (const [hop, value] of [
      ["a", 1],
      ["b", 2],
      ["d", 4],
    ] as const)
      states.keep(hop, BATCH, stateOf(value));
    expect(states.find(["a", "b", "c", "d"], BATCH)).toEqual([stateOf(1), stateOf(2)]);
    expect(states.find(["x", "a"], BATCH)).toEqual([]);
  });

  it("tells how many first layers another model had", () => {
    const states = createHopStates(createByteCache(2 ** 20));
    expect(states.meet(["a", "ab", "abc"])).toBe(0);
    expect(states.meet(["a", "ab", "abc"])).toBe(0);
    expect(states.meet(["a", "ab", "abd"])).toBe(2);
    expect(states.meet(["a", "ab", "abc"])).toBe(2);
    expect(states.meet(["a"])).toBe(1);
    expect(states.meet([])).toBe(0);
  });

  it("counts positions times layers", () => {
    const states = createHopStates(createByteCache(1000));
    states.keep("a", BATCH, stateOf(1));
    states.find(["a", "b", "c"], BATCH);
    states.find([], BATCH);
    expect(states.count).toEqual({ asked: 12, found: 4 });
  });

  it("takes batches for the same wherever they lie and whatever is wanted of them", () => {
    const states = createHopStates(createByteCache(1000));
    states.keep("a", BATCH, stateOf(1));
    expect(states.find(["a"], { ...BATCH, slot: 3, rows: Int32Array.of(0, 1) })).toHaveLength(1);
  });

  it("does not hand out states without keys and values to whoever goes on from them", () => {
    const states = createHopStates(createByteCache(1000));
    const { hidden } = stateOf(1);
    states.keep("a", { ...BATCH, isEnd: true }, { hidden, attended: undefined });
    expect(states.find(["a"], BATCH)).toEqual([]);
    expect(states.find(["a"], { ...BATCH, isEnd: true })).toHaveLength(1);
    states.keep("a", BATCH, stateOf(1));
    expect(states.find(["a"], { ...BATCH, isEnd: true })).toEqual([stateOf(1)]);
  });

  it.each<Partial<Batch>>([
    { ids: Int32Array.of(5, 6, 7, 9) },
    { last: Int32Array.of(1, 0) },
    { last: Int32Array.of(3) },
    { before: [4] },
    { before: [] },
  ])("tells batches apart that differ in %o", (change) => {
    const states = createHopStates(createByteCache(1000));
    states.keep("a", BATCH, stateOf(1));
    expect(states.find(["a"], { ...BATCH, ...change })).toEqual([]);
  });

  it("forgets later layers first, since they are of no use without the first", () => {
    const cache = createByteCache(3 * 48);
    const states = createHopStates(cache);
    for (const hop of ["a", "b", "c"]) states.keep(hop, BATCH, stateOf(1));
    states.find(["a", "b", "c"], BATCH);
    states.keep("x", BATCH, stateOf(2));
    expect(states.find(["a", "b", "c"], BATCH)).toHaveLength(2);
    expect(cache.bytes).toBe(3 * 48);
  });
});
