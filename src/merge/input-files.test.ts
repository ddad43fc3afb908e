import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { assertUnchanged, lookAtInputs } from "./input-files.ts";

it("notices a file that was written to, replaced or removed, and nothing else", () => {
  const folder = createTemporaryFolder();
  const file = join(folder, "model.safetensors");
  writeFileSync(file, "weights");
  mkdirSync(join(folder, "logs"));
  const look = () => lookAtInputs([{ kind: "folder", path: folder }]);

  const before = look();
  expect([...before.keys()]).toEqual([file]);
  writeFileSync(join(folder, "logs", "today"), "other");
  assertUnchanged(before);

  utimesSync(file, 1, 1);
  expectCode("merge/input_changed", () => assertUnchanged(before));
  const longer = look();
  writeFileSync(file, "other weights");
  utimesSync(file, 1, 1);
  expectCode("merge/input_changed", () => assertUnchanged(longer));
  const there = look();
  rmSync(file);
  expectCode("merge/input_changed", () => assertUnchanged(there));
});
