import { describe, expect, it } from "vitest";
import { createKvCache } from "./kv-cache.ts";
import { loadRuntime } from "./runtime.ts";

const runtime = await loadRuntime();
const shape = { layers: 2, kvHeads: 2, headWidth: 4, memoryBytes: 4096 };

describe("createKvCache", () => {
  it("shows slots as tensors over one memory", () => {
    const cache = createKvCache(runtime, shape);
    cache.layOut(3, 5);
    const all = cache.view(0, 3);
    const second = cache.view(1, 1);
    expect(all).toHaveLength(2);
    expect(all[0]!.key.dims).toEqual([3, 2, 5, 4]);
    expect(second[1]!.value.dims).toEqual([1, 2, 5, 4]);
    (second[1]!.value.data as Float32Array)[0] = 7;
    expect((all[1]!.value.data as Float32Array)[2 * 5 * 4]).toBe(7);
    expect((all[1]!.key.data as Float32Array)[2 * 5 * 4]).toBe(0);
  });

  it("takes over the memory of caches before it, of more layers or fewer", () => {
    const arrays: Float32Array[] = [];
    createKvCache(runtime, { ...shape, arrays }).layOut(2, 3);
    const [first] = arrays;
    const deeper = createKvCache(runtime, { ...shape, layers: 3, arrays });
    deeper.layOut(2, 3);
    expect(deeper.view(0, 2)).toHaveLength(3);
    createKvCache(runtime, { ...shape, layers: 1, arrays }).layOut(2, 2);
    expect(arrays).toHaveLength(2);
    expect(arrays[0]).toBe(first);
  });

  it("gives up memory that does not do, before it takes other", () => {
    const arrays = [new Float32Array(9)];
    createKvCache(runtime, { ...shape, arrays }).layOut(1, 1);
    expect(arrays.map(({ length }) => length)).toEqual([8, 8, 8, 8]);
  });

  it("moves the first positions of a slot, head by head, in keys and values of all layers", () => {
    const cache = createKvCache(runtime, shape);
    cache.layOut(2, 3);
    const slotLength = 2 * 3 * 4;
    const layers = cache.view(0, 2);
    for (const { key, value } of layers)
      for (const data of [key.data, value.data] as Float32Array[]) for (const i of data.keys()) data[i] = i;
    cache.move(1, 0, 2);
    for (const { key, value } of layers)
      for (const data of [key.data, value.data] as Float32Array[])
        for (let i = 0; i < slotLength; i++) {
          const isMoved = Math.floor(i / 4) % 3 < 2;
          expect(data[i]).toBe(isMoved ? slotLength + i : i);
        }
  });

  it("grows, and keeps the content of the slots that are in use", () => {
    const cache = createKvCache(runtime, shape);
    cache.layOut(2, 3);
    for (const { key, value } of cache.view(0, 2))
      for (const data of [key.data, value.data] as Float32Array[]) for (const i of data.keys()) data[i] = i;
    const headOf = (slot: number, head: number) => {
      const { key, value } = cache.view(slot, 1)[1]!;
      const [, , positions, D] = key.dims as [number, number, number, number];
      expect(value.data).toEqual(key.data);
      return [...(key.data as Float32Array).subarray(head * positions * D, head * positions * D + 12)];
    };
    const before = [headOf(0, 0), headOf(0, 1), headOf(1, 1)];
    cache.grow(3, 3, 2);
    expect([headOf(0, 0), headOf(0, 1), headOf(1, 1)]).toEqual(before);
    cache.grow(4, 5, 2);
    expect(cache.view(0, 4)[0]!.key.dims).toEqual([4, 2, 5, 4]);
    expect([headOf(0, 0), headOf(0, 1), headOf(1, 1)]).toEqual(before);
    expect(() => cache.grow(4, 9, 2)).toThrowError(expect.objectContaining({ code: "engine/out_of_memory" }));
    expect([headOf(0, 0), headOf(0, 1), headOf(1, 1)]).toEqual(before);
  });

  it("keeps its memory when the next layout needs less", () => {
    const cache = createKvCache(runtime, shape);
    cache.layOut(4, 4);
    const large = cache.view(0, 4)[0]!.key.data as Float32Array;
    cache.layOut(1, 2);
    expect((cache.view(0, 1)[0]!.key.data as Float32Array).buffer).toBe(large.buffer);
  });

  it("knows what a position takes, and refuses to take more than it may", () => {
    const cache = createKvCache(runtime, shape);
    expect(cache.positionBytes).toBe(2 * 2 * 2 * 4 * 4);
    expect(() => cache.layOut(2, 16)).not.toThrow();
    expect(() => cache.layOut(3, 11)).toThrowError(
      expect.objectContaining({
        code: "engine/out_of_memory",
        details: { what: expect.stringContaining("3 sequences of 11 tokens"), needBytes: 33 * 128, memoryBytes: 4096 },
      }),
    );
  });
});
