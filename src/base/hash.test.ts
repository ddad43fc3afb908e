import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashFraction, sha256 } from "./hash.ts";

describe("sha256", () => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
  ])("gives the digest that FIPS 180 publishes for %j", (text, digest) => {
    expect(sha256(text)).toBe(digest);
  });

  it("agrees with OpenSSL on any text, over every length of padding", () => {
    const check = (text: string): void => {
      expect(sha256(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
    };
    for (let length = 50; length < 135; length++) check("x".repeat(length));
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), check));
  });
});

describe("hashFraction", () => {
  it("is the digest read as a binary fraction", () => {
    expect(hashFraction("abc")).toBeCloseTo(0xba7816bf / 2 ** 32, 9);
  });

  it("spreads texts evenly over [0, 1)", () => {
    const below = Array.from({ length: 4000 }, (_, i) => hashFraction(`item ${i}`)).filter((x) => x < 0.25).length;
    expect(below).toBeGreaterThan(900);
    expect(below).toBeLessThan(1100);
  });
});
