import { describe, expect, it } from "vitest";
import { parsePythonList } from "./python-list.ts";
import { pythonLiteral } from "./python-text.ts";

describe("parsePythonList", () => {
  it.each([
    ["[]", []],
    ["['a', \"b\", 'it\\'s']", ["a", "b", "it's"]],
    ["[1, -2.5, 1e3, +4, .5]", [1, -2.5, 1000, 4, 0.5]],
    ["[True, False, None, true, false, null]", [true, false, null, true, false, null]],
    ["('x', ('y',), [1])", ["x", ["y"], [1]]],
    ["[ 'a' , ]", ["a"]],
    ["['\\n\\t\\\\ \\x41\\u3042\\U0001F600 \\d']", ["\n\t\\ Aあ😀 \\d"]],
  ])("reads %s", (text, list) => {
    expect(parsePythonList(text)).toEqual(list);
  });

  it.each([
    "",
    "a",
    "[",
    "['a",
    "['a' 'b']",
    "[a]",
    "'a'",
    "['a'] b",
    "['\\xzz']",
    "['\\U00110000']",
    "['a\nb']",
    "[1..2]",
  ])("does not take %j for a list", (text) => {
    expect(parsePythonList(text)).toBeUndefined();
  });

  it("stops at a depth that no list of choices has", () => {
    expect(parsePythonList("[".repeat(20) + "]".repeat(20))).toBeDefined();
    expect(parsePythonList("[".repeat(100_000))).toBeUndefined();
  });

  it("reads back what is printed", () => {
    const list = ["it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\tnew\nline\u200b😀", 1.5, null, ["x", true]];
    expect(parsePythonList(pythonLiteral(list))).toEqual(list);
  });
});
