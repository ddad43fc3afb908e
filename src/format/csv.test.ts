import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";

describe("parseCsv", () => {
  it("reads quotes, line ends inside them, and says where rows begin", () => {
    const rows = parseCsv('\uFEFFq,a\r\n1+1,2\r\n\r\n"a ""b"", c\nd",\n"",x', "t.csv");
    expect(rows).toEqual([
      { line: 2, fields: { q: "1+1", a: "2" } },
      { line: 4, fields: { q: 'a "b", c\nd', a: "" } },
      { line: 6, fields: { q: "", a: "x" } },
    ]);
  });

  it("reads nothing from nothing", () => {
    expect(parseCsv("", "t.csv")).toEqual([]);
    expect(parseCsv("a,b\n", "t.csv")).toEqual([]);
  });

  it.each([
    ["a,b\n1\n", "t.csv:2", "1 cells"],
    ['a,b\n1,"2\n', "t.csv:2", "quotes closed"],
    ['a\nx"y\n', "t.csv:2", undefined],
  ])("looks at %j", (text, place, problem) => {
    const parse = () => parseCsv(text, "t.csv");
    if (problem === undefined) expect(parse()).toEqual([{ line: 2, fields: { a: 'x"y' } }]);
    else {
      expect(parse).toThrow(expect.objectContaining({ code: "format/bad_csv" }));
      expect(parse).toThrow(place);
      expect(parse).toThrow(problem);
    }
  });
});
