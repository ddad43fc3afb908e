import { expect, it } from "vitest";
import { createTextDeltas } from "./text-deltas.ts";

it("hands out what is new", () => {
  const delta = createTextDeltas([]);
  expect(delta("He", false)).toBe("He");
  expect(delta("He", false)).toBe("");
  expect(delta("Hello", true)).toBe("llo");
});

it("holds back what may become a stop string, and gives it when it does not", () => {
  const delta = createTextDeltas(["", "\n\n", "END"]);
  expect(delta("a\n", false)).toBe("a");
  expect(delta("a\nEN", false)).toBe("\n");
  expect(delta("a\nENT", false)).toBe("ENT");
  expect(delta("a\nENT\n", true)).toBe("\n");
});

it("holds back characters that are not whole", () => {
  const delta = createTextDeltas([]);
  expect(delta("a\uFFFD\uFFFD", false)).toBe("a");
  expect(delta("aあ", false)).toBe("あ");
  expect(delta("aあ\uFFFD", true)).toBe("\uFFFD");
});
