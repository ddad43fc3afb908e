import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { startFlushing } from "./background-flush.ts";

it("flushes what was written, and takes a file that cannot be flushed for nobody's loss", async () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "a"), "text");
  const flush = startFlushing([join(folder, "a"), join(folder, "missing")]);
  for (const file of [0, 1, 0, 1]) flush.written(file, 2 ** 25);
  await expect(flush[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
