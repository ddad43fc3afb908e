import { closeSync, existsSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { mergeErrors } from "./errors.ts";
import { writing } from "./write-errors.ts";

// Linux has a file that behaves as one on a full disk.
it.runIf(existsSync("/dev/full"))("says that the disk became full", () => {
  const file = openSync("/dev/full", "w");
  try {
    expectCode("merge/disk_filled", () => writing("out", () => writeSync(file, new Uint8Array(8))));
  } finally {
    closeSync(file);
  }
});

it("says what the system says where a path cannot be written", () => {
  const path = join(createTemporaryFolder(), "missing", "out");
  expectCode("merge/write_failed", () => writing(path, () => mkdirSync(path)));
});

it("leaves coded errors and others alone, and gives back what was returned", () => {
  expectCode("merge/input_changed", () =>
    writing("out", () => {
      throw mergeErrors.input_changed({ path: "in" });
    }),
  );
  expect(() =>
    writing("out", () => {
      throw new TypeError("bug");
    }),
  ).toThrow(TypeError);
  expect(writing("out", () => 7)).toBe(7);
});
