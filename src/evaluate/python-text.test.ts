import { describe, expect, it } from "vitest";
import { pythonLiteral, pythonStrip, pythonText } from "./python-text.ts";

describe("pythonText", () => {
  it("prints values as Python 3.11's str prints them", () => {
    const list = [
      "it's",
      'a "q"',
      "both ' and \"",
      "é\x07\u200b😀\x85\ta\n",
      1,
      1.5,
      1e16 + 2,
      1e-5,
      null,
      true,
      { k: [1] },
    ];
    expect(pythonText(list)).toBe(
      `["it's", 'a "q"', 'both \\' and "', 'é\\x07\\u200b😀\\x85\\ta\\n', 1, 1.5, 1.0000000000000002e+16, 1e-05, None, True, {'k': [1]}]`,
    );
  });

  it("leaves texts alone, which literals quote", () => {
    expect(pythonText("a'b")).toBe("a'b");
    expect(pythonLiteral("a'b")).toBe(`"a'b"`);
  });

  it.each([
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [-2.5e-7, "-2.5e-07"],
    [0.0001, "0.0001"],
    [1.5e300, "1.5e+300"],
  ])("prints %d as %s", (value, text) => {
    expect(pythonText(value)).toBe(text);
  });

  it("escapes what cannot be seen beyond the basic plane", () => {
    expect(pythonLiteral("\u{e0001}\u2028\\")).toBe("'\\U000e0001\\u2028\\\\'");
  });
});

describe("pythonStrip", () => {
  it("removes what Python calls white space, and nothing else", () => {
    expect(pythonStrip("\x1c\u3000\n a b \x85\t")).toBe("a b");
    expect(pythonStrip("\ufeffa\u200b")).toBe("\ufeffa\u200b");
    expect(pythonStrip(" \n ")).toBe("");
  });
});
