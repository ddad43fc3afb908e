import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { openFilePool } from "./file-pool.ts";

function writeFiles(count: number): string[] {
  const folder = createTemporaryFolder();
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${i}`);
    writeFileSync(path, Uint8Array.of(i));
    return path;
  });
}

it("reads many files in any order", () => {
  using pool = openFilePool(writeFiles(40));
  const into = new Uint8Array(1);
  for (const file of [...Array(40).keys(), 0, 39, 20]) {
    pool.read(file, 0, into);
    expect(into[0]).toBe(file);
  }
});

it.runIf(process.platform === "linux")("keeps a bounded number of files open, and none once it is closed", () => {
  const openFiles = (): number => readdirSync("/proc/self/fd").length;
  const before = openFiles();
  const pool = openFilePool(writeFiles(40));
  for (let file = 0; file < 40; file++) pool.read(file, 0, new Uint8Array(1));
  expect(openFiles() - before).toBeLessThanOrEqual(16);
  pool[Symbol.dispose]();
  expect(openFiles()).toBeLessThanOrEqual(before);
});

it("opens nothing before it is read", () => {
  const paths = writeFiles(2);
  using pool = openFilePool(paths);
  rmSync(paths[0]!);
  pool.read(1, 0, new Uint8Array(1));
  expectCode("model/read_failed", () => pool.read(0, 0, new Uint8Array(1)));
});

it("is not read after it was closed", () => {
  const pool = openFilePool(writeFiles(1));
  pool[Symbol.dispose]();
  expectCode("base/invariant", () => pool.read(0, 0, new Uint8Array(1)));
});
