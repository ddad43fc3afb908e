import fc from "fast-check";
import { expect, it } from "vitest";
import { compareCodePoints } from "./code-points.ts";

it("orders texts as their UTF-8 bytes are ordered", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uFFFD", "\u{1F600}", "\u{10FFFF}"), maxLength: 4 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

it("differs from the order of UTF-16 units beyond U+FFFF", () => {
  expect(compareCodePoints("\uFFFD", "\u{1F600}")).toBeLessThan(0);
  expect("\uFFFD" < "\u{1F600}").toBe(false);
});
