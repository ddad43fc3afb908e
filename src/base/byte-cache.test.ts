import { describe, expect, it } from "vitest";
import { createByteCache } from "./byte-cache.ts";

const value = (name: string) => ({ name });

describe("createByteCache", () => {
  it("pushes out what was asked for longest ago", () => {
    const cache = createByteCache(10);
    cache.set("a", value("a"), 4);
    cache.set("b", value("b"), 4);
    cache.get("a");
    cache.set("c", value("c"), 4);
    expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual([value("a"), undefined, value("c")]);
    expect(cache.bytes).toBe(8);
  });

  it("does not keep what is larger than the bound, and keeps the rest", () => {
    const cache = createByteCache(10);
    cache.set("a", value("a"), 4);
    cache.set("b", value("b"), 11);
    expect([cache.get("a"), cache.get("b"), cache.bytes]).toEqual([value("a"), undefined, 4]);
  });

  it("replaces a value, and counts only the new one", () => {
    const cache = createByteCache(10);
    cache.set("a", value("old"), 9);
    cache.set("a", value("new"), 3);
    expect([cache.get("a"), cache.bytes]).toEqual([value("new"), 3]);
  });
});
