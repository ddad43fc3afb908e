import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadTask } from "../evaluate/load-task.ts";
import { taskFiles } from "./task-files.ts";

const TASK =
  "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: 'd*.jsonl'}}\ntest_split: test\ndoc_to_text: q\ndoc_to_target: q\n";

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "merganser-task-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

it("reads files by pattern, in alphabetical order", () => {
  const folder = folderOf({ "t.yaml": TASK, "d2.jsonl": '{"q": "two"}', "d1.jsonl": '{"q": "one"}' });
  const items = loadTask(join(folder, "t.yaml"), taskFiles).readSplit("test");
  expect(items.map(({ fields }) => fields["q"])).toEqual(["one", "two"]);
});

it("refuses data that is not UTF-8, with the file's name: format/not_utf8", () => {
  const folder = folderOf({ "t.yaml": TASK, "d.jsonl": Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) });
  const load = () => loadTask(join(folder, "t.yaml"), taskFiles);
  expect(load).toThrow(expect.objectContaining({ code: "format/not_utf8" }));
  expect(load).toThrow("d.jsonl");
});
