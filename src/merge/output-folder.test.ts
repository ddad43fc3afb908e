import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { assertDiskSpace, openOutputFolder } from "./output-folder.ts";
import { writing } from "./write-errors.ts";

it("says how much room a disk has, where there is too little", () => {
  const folder = createTemporaryFolder();
  const { freeBytes } = expectCode("merge/disk_full", () => assertDiskSpace(folder, 2 ** 60));
  expect(freeBytes).toBeGreaterThan(0);
  expect(() => assertDiskSpace(folder, 1)).not.toThrow();
});

it("says why a folder cannot be made", () => {
  const file = join(createTemporaryFolder(), "file");
  writeFileSync(file, "");
  const out = join(file, "out");
  const { why } = expectCode("merge/write_failed", () =>
    writing(out, () => openOutputFolder(out, { overwrite: false, resume: false })),
  );
  expect(why).toContain(file);
});
