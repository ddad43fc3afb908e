import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compilePythonRegex, MAX_SEARCHED_LENGTH, PatternError } from "./python-regex.ts";

interface Golden {
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly pattern: string;
    readonly found: Readonly<Record<string, unknown>>;
    readonly removed: Readonly<Record<string, string>>;
  }[];
}

/** What Python itself finds. */
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/golden/data/lm_eval/python_regex.json"), "utf8"),
) as Golden;

describe("compilePythonRegex", () => {
  it.each(golden.cases)("finds what Python finds with $pattern", ({ pattern, found, removed }) => {
    const regex = compilePythonRegex(pattern);
    for (const [i, text] of golden.texts.entries()) {
      expect(regex.findAll(text), JSON.stringify(text)).toEqual(found[i] ?? []);
      expect(regex.remove(text)).toBe(removed[i] ?? text);
    }
  });

  it("takes the last newline of a text for its end, as Python's $ does", () => {
    expect(compilePythonRegex("b$").findAll("a b\n")).toEqual(["b"]);
    expect(compilePythonRegex("b\\Z").findAll("a b\n")).toEqual([]);
  });

  it.each([
    ["(", "Unterminated group"],
    ["[a", 'it ends inside "["'],
    ["a\\", 'it ends inside "\\"'],
    ["a++", "possessive"],
    ["(?>a)", '"(?>a…" is not supported'],
    ["(a)?(?(1)b|c)", '"(?(1…" is not supported'],
    ["(?x)a b", '"(?x)" is not supported'],
    ["\\q", '"\\q" is not an escape'],
    ["\\xg0", "needs 2 hexadecimal digits"],
    ["[a-\\d]", "must end with a character"],
    ["(?P<1x>a)", "Invalid capture group name"],
    ["*a", "Nothing to repeat"],
    ["a".repeat(4001), "at most 4000"],
  ])("refuses %j and says why", (pattern, why) => {
    expect(() => compilePythonRegex(pattern)).toThrow(PatternError);
    expect(() => compilePythonRegex(pattern)).toThrow(why);
  });

  it("shows a pattern no more than the beginning of a long text", () => {
    const text = `${"a".repeat(MAX_SEARCHED_LENGTH)}b`;
    expect(compilePythonRegex("b").findAll(text)).toEqual([]);
    expect(compilePythonRegex("a+").remove(text)).toBe("b");
  });
});
