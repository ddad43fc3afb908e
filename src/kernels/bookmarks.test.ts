import { describe, expect, it } from "vitest";
import { Bookmarks } from "./bookmarks.ts";

function withPlaces(capacity: number, steps: readonly number[], seed = 1): Bookmarks {
  const bookmarks = new Bookmarks(capacity);
  for (const step of steps) bookmarks.add({ seed, steps: step, state: Uint32Array.of(step) });
  return bookmarks;
}

describe("bookmarks", () => {
  it("find the last place not after the one asked for, of the same seed", () => {
    const bookmarks = withPlaces(10, [50, 10, 30]);
    expect(bookmarks.nearest(1, 29)?.steps).toBe(10);
    expect(bookmarks.nearest(1, 30)?.state).toEqual(Uint32Array.of(30));
    expect(bookmarks.nearest(1, 9)).toBeUndefined();
    expect(bookmarks.nearest(2, 50)).toBeUndefined();
  });

  it("stay spread over the stream when there are too many", () => {
    const bookmarks = withPlaces(
      100,
      Array.from({ length: 1000 }, (_, i) => i),
    );
    for (let step = 0; step < 1000; step++) expect(step - bookmarks.nearest(1, step)!.steps).toBeLessThan(60);
  });

  it("forget the seeds that came first when there are too many of them", () => {
    const bookmarks = new Bookmarks(3);
    for (let seed = 1; seed <= 5; seed++) bookmarks.add({ seed, steps: 7, state: new Uint32Array(1) });
    expect([1, 2, 3, 4, 5].map((seed) => bookmarks.nearest(seed, 9)?.seed)).toEqual([undefined, undefined, 3, 4, 5]);
  });

  it("hold a place once", () => {
    const bookmarks = withPlaces(2, [5, 5, 5, 7]);
    expect(bookmarks.nearest(1, 6)?.steps).toBe(5);
    expect(bookmarks.nearest(1, 7)?.steps).toBe(7);
  });
});
