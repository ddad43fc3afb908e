import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { LOCK_FILE, type Lock } from "./lineage.ts";
import { compareLocks, readLock } from "./read-lock.ts";
import { RECIPE_FILE } from "./side-files.ts";

const RECIPE = "merge_method: linear\n";
const LOCK: Lock = {
  format: 1,
  recipe_sha256: createHash("sha256").update(RECIPE).digest("hex"),
  method: "linear",
  seed: 5,
  parents: [{ name: "a", identity: "i", content: "c", lineage: null }],
  content: "out",
};

function folderWith(lock: object | string, recipe = RECIPE): string {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, LOCK_FILE), typeof lock === "string" ? lock : JSON.stringify(lock));
  writeFileSync(join(folder, RECIPE_FILE), recipe);
  return folder;
}

it("reads a folder's lock, or a lock by its own path, and finds the recipe", () => {
  const folder = folderWith(LOCK);
  expect(readLock(folder)).toEqual({ lock: LOCK, recipePath: join(folder, RECIPE_FILE) });
  expect(readLock(join(folder, LOCK_FILE))).toEqual(readLock(folder));
});

it.each([
  ["no lock", () => createTemporaryFolder(), "is not there"],
  ["a broken lock", () => folderWith("{"), "JSON"],
  ["another format", () => folderWith({ ...LOCK, format: 3 }), "format 1 or 2"],
  ["another recipe", () => folderWith(LOCK, "merge_method: ties\n"), "another recipe"],
])("refuses %s", (_what, make, told) => {
  const { why } = expectCode("merge/bad_lock", () => readLock(make()));
  expect(why).toContain(told);
});

it("tells inputs and results apart by their bytes", () => {
  expect(compareLocks(LOCK, LOCK)).toEqual([]);
  const changed = { ...LOCK, parents: [{ ...LOCK.parents[0]!, content: "d" }], content: "other" };
  expect(compareLocks(LOCK, changed)).toEqual([
    "input a has other bytes: d, not c",
    "the result has other bytes: other, not out",
  ]);
  expect(compareLocks(LOCK, { ...LOCK, parents: [] })).toEqual(["input a is missing"]);
});
