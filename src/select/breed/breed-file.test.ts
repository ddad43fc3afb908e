import { expect, it } from "vitest";
import { expectCode } from "../../../test/expect-code.ts";
import { parseBreedFile } from "./breed-file.ts";

const SMALLEST = `base_model: base
models: [a, b]
operator: { merge_method: slerp }
tasks: [{ file: t.yaml, metric: acc }]
budget: { merges: 5 }
`;

it("reads the smallest file with its defaults", () => {
  expect(parseBreedFile(SMALLEST, "b.yaml")).toEqual({
    baseModel: "base",
    models: ["a", "b"],
    operator: { mergeMethod: "slerp", parameters: {}, base: "pool" },
    dtype: undefined,
    tasks: [{ file: "t.yaml", metric: "acc", limit: undefined }],
    settings: {
      strategy: "kinship",
      topK: 3,
      exploration: "lowest",
      earlyStop: { kinship: undefined, unimproved: true, from: 2 },
      merges: 5,
      generations: 20,
      archiveSize: 12,
      seed: 0,
    },
  });
});

it("reads conditions of an early stop, of which one must say when", () => {
  const stopOf = (text: string) => parseBreedFile(`${SMALLEST}early_stop: ${text}\n`, "b.yaml").settings.earlyStop;
  expect(stopOf("0.8")).toEqual({ kinship: 0.8, unimproved: false, from: 1 });
  expect(stopOf("{ unimproved: true, from_generation: 2 }")).toEqual({ kinship: undefined, unimproved: true, from: 2 });
  expect(stopOf("{ kinship: 0.8, unimproved: true }")).toEqual({ kinship: 0.8, unimproved: true, from: 1 });
  const { problems } = expectCode("select/bad_breed_file", () => stopOf("{ from_generation: 2 }"));
  expect(problems).toEqual([expect.stringMatching(/^b\.yaml:6:1: early_stop: must /)]);
});

it("knows that early stop can be switched off", () => {
  expect(parseBreedFile(`${SMALLEST}early_stop: false\n`, "b.yaml").settings.earlyStop).toBeUndefined();
});

it("names all problems with their places", () => {
  const text = `${SMALLEST.replace("merges: 5", "merges: none").replace("models: [a, b]", "models: []")}topk: 3\n`;
  const { problems } = expectCode("select/bad_breed_file", () => parseBreedFile(text, "b.yaml"));
  expect(problems).toEqual([
    "b.yaml:2:1: models: must name at least one model",
    "b.yaml:5:11: budget.merges: must be a whole number",
    expect.stringMatching(/^b\.yaml:1:1: the file: .*topk/),
  ]);
});

it("names the place where YAML breaks", () => {
  const { problems } = expectCode("select/bad_breed_file", () => parseBreedFile("a: [1\nb: 2", "b.yaml"));
  expect((problems as string[])[0]).toMatch(/^b\.yaml:2:1: /);
});
