import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { hasModelFile, readModelJson, readModelText } from "./model-file.ts";

it("reads text and objects, and nothing from a file that is not there", () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "a.json"), '\uFEFF{"a":"あ"}');
  expect(readModelText(folder, "a.json")).toBe('{"a":"あ"}');
  expect(readModelJson(folder, "a.json")).toEqual({ a: "あ" });
  expect(readModelJson(folder, "b.json")).toBeUndefined();
});

it("prefers the texts that a model holds to the files of its folder", () => {
  const folder = createTemporaryFolder();
  for (const name of ["a.json", "b.json", "c.json"]) writeFileSync(join(folder, name), '{"from":"folder"}');
  const model = {
    filesFolder: folder,
    sideTexts: new Map([
      ["a.json", '{"from":"model"}'],
      ["b.json", null],
    ]),
  };
  expect(readModelJson(model, "a.json")).toEqual({ from: "model" });
  expect(readModelJson(model, "b.json")).toBeUndefined();
  expect(readModelJson(model, "c.json")).toEqual({ from: "folder" });
  expect(["a.json", "b.json", "c.json", "d.json"].map((name) => hasModelFile(model, name))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

it("refuses a text too long to be taken into memory", () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "a.json"), "");
  truncateSync(join(folder, "a.json"), 2 ** 40);
  expect(expectCode("model/file_too_long", () => readModelText(folder, "a.json"))).toMatchObject({
    sizeBytes: 2 ** 40,
  });
});
