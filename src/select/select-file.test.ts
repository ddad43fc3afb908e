import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { parseSelectFile } from "./select-file.ts";

const SMALLEST = `base_model: base
models: [a, b]
operators: [{ name: ties, merge_method: ties }]
tasks: [{ file: t.yaml, metric: acc }]
budget: { merges: 5 }
`;

it("reads the smallest file with its defaults", () => {
  expect(parseSelectFile(SMALLEST, "s.yaml")).toMatchObject({
    operators: [{ name: "ties", merge_method: "ties", base: "pool", parameters: {} }],
    probes: { per_task: 12, max_tokens: 64 },
    bandit: { kind: "linucb", exploration: 0.5, ridge: 1 },
    seed: 0,
  });
});

it("names all problems with their places", () => {
  const text = SMALLEST.replace("[a, b]", "[a]").replace("{ merges: 5 }", "{}");
  const { problems } = expectCode("select/bad_select_file", () => parseSelectFile(text, "s.yaml"));
  expect(problems).toEqual([
    "s.yaml:2:1: models: must name at least two models",
    "s.yaml:5:1: budget.merges: must be a whole number",
  ]);
});

it("refuses two operators of one name", () => {
  const text = SMALLEST.replace(
    "[{ name: ties, merge_method: ties }]",
    "[{ name: x, merge_method: ties }, { name: x, merge_method: slerp }]",
  );
  expectCode("select/bad_select_file", () => parseSelectFile(text, "s.yaml"));
});

it("does not unfold aliases without end", () => {
  const bomb = Array.from(
    { length: 12 },
    (_, i) => `k${i}: &a${i} [${i === 0 ? "x" : `*a${i - 1}, *a${i - 1}, *a${i - 1}, *a${i - 1}`}]`,
  ).join("\n");
  expectCode("select/bad_select_file", () => parseSelectFile(bomb, "s.yaml"));
});
