import { describe, expect, it } from "vitest";
import { createReport, type Report } from "./report.ts";
import { parseYamlTrees, type Tree } from "./yaml-tree.ts";

function parse(text: string): { tree: Tree | undefined; report: Report; codes: string[] } {
  const report = createReport();
  const [{ tree } = { tree: undefined }] = parseYamlTrees(text, report) ?? [];
  return { tree, report, codes: report.problems().map(({ code }) => code) };
}

function entry(tree: Tree | undefined, key: string): Tree {
  return tree?.kind === "map" ? tree.entries.get(key)!.value : expect.unreachable("a mapping was expected");
}

describe("values", () => {
  // As PyYAML 6 reads them, which is what mergekit uses.
  it.each([
    ["no", false],
    ["on", true],
    ["True", true],
    ["OFF", false],
    ["y", "y"],
    ["n", "n"],
    ["Y", "Y"],
    ["oN", "oN"],
    ["'no'", "no"],
    ["1:30", 90],
    ["0123", 83],
    ["1_000", 1000],
    ["0o14", "0o14"],
    ["0x1F", 31],
    ["0xE1", 225],
    [".", "."],
    ["-.5", "-.5"],
    ["08", "08"],
    ["e1", "e1"],
    ["1e3", "1e3"],
    ["1.5e3", "1.5e3"],
    ["1.5e+3", 1500],
    [".5", 0.5],
    ["1.", 1],
    ["1.0e-3", 0.001],
    ["-3", -3],
    ["~", null],
    ["", null],
    ["-.inf", Number.NEGATIVE_INFINITY],
  ])("reads %s as PyYAML does", (text, value) => {
    expect(entry(parse(`a: ${text}`).tree, "a")).toMatchObject({ kind: "scalar", value });
  });

  it("takes dates as their text", () => {
    expect(entry(parse("a: 2020-01-01").tree, "a")).toMatchObject({ value: "2020-01-01" });
  });

  it("reads an empty text as nothing", () => expect(parse("# only a comment\n").tree).toMatchObject({ value: null }));
});

describe("places", () => {
  it("counts lines and columns from 1, and names the path of keys and indices", () => {
    const { tree } = parse("a:\n  - b: [1, 22]\n");
    const list = entry((entry(tree, "a") as Tree & { kind: "list" }).items[0], "b") as Tree & { kind: "list" };
    expect(list.place).toEqual({ path: "a.0.b", line: 2, column: 8 });
    expect(list.items[1]!.place).toEqual({ path: "a.0.b.1", line: 2, column: 12 });
  });

  it("puts a value that is missing after its key", () => {
    expect(entry(parse("x: 1\na:\n").tree, "a").place).toEqual({ path: "a", line: 2, column: 3 });
  });
});

describe("aliases and merge keys", () => {
  it("follows them, with explicit keys before merged ones", () => {
    const { tree, codes } = parse("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 9}");
    const z = entry(tree, "z") as Tree & { kind: "map" };
    const values = [...z.entries].map(([key, { value }]) => [key, (value as Tree & { kind: "scalar" }).value]);
    expect(Object.fromEntries(values)).toEqual({ a: 9, b: 1, c: 2 });
    expect(codes).toEqual([]);
  });

  it("refuses to merge what is no mapping", () => {
    expect(parse("z: {<<: 3}").codes).toEqual(["recipe/wrong_type"]);
  });

  it("refuses an alias without an anchor", () => {
    const { report, codes } = parse("a: *b");
    expect(codes).toEqual(["recipe/yaml_syntax"]);
    expect(report.problems()[0]).toMatchObject({ line: 1, column: 4 });
  });

  it("stops at ten lines that would unfold into ten billion values", () => {
    const lines = Array.from({ length: 10 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(i === 0 ? 0 : 10)} x]`);
    expect(parse(lines.join("\n")).codes).toEqual(["recipe/too_complex"]);
  });

  it("stops at an alias inside of its own anchor", () => {
    expect(parse("a: &a [*a]").codes).toEqual(["recipe/too_complex"]);
  });
});

describe("what cannot be read", () => {
  it("notes a syntax error where it is", () => {
    const { tree, report } = parse("merge_method: linear\nmodels: [{model: a\n");
    expect(tree).toBeUndefined();
    expect(report.problems()[0]).toMatchObject({ code: "recipe/yaml_syntax", line: 3 });
  });

  it("refuses tags that would make objects", () => {
    expect(parse("a: !!python/object:os.system {}").codes).toEqual(["recipe/yaml_syntax"]);
  });

  it("refuses a text longer than a megabyte without parsing it", () => {
    expect(parse(`a: ${"x".repeat(2 ** 20)}`).codes).toEqual(["recipe/too_large"]);
  });

  it("refuses levels upon levels, however many", () => {
    expect(parse("[".repeat(100) + "]".repeat(100)).codes).toEqual(["recipe/too_complex"]);
    expect(parse("[".repeat(20_000) + "]".repeat(20_000)).codes).toEqual(["recipe/too_complex"]);
  });
});

it("reads several documents, each with its text, its lines counted through and its paths apart", () => {
  const documents = parseYamlTrees("a: 1\n---\nb: 2\n---\n", createReport())!;
  expect(documents.map(({ text }) => text.replaceAll("---", "").trim())).toEqual(["a: 1", "b: 2"]);
  expect(entry(documents[1]!.tree, "b").place).toMatchObject({ path: "documents.1.b", line: 3 });
});

it("warns of a key that stands twice, and takes the last", () => {
  const { tree, report } = parse("a: 1\nb: 2\na: 3\n");
  expect(entry(tree, "a")).toMatchObject({ value: 3 });
  expect(report.warnings()).toMatchObject([{ code: "recipe/duplicate_key", path: "a", line: 3, column: 1 }]);
});
