import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectCode } from "../../test/expect-code.ts";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { openFileSource } from "./file-source.ts";

function writeBytes(): string {
  const path = join(createTemporaryFolder(), "x.bin");
  writeFileSync(
    path,
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  return path;
}

it("reads any range, into ordinary, shared and WebAssembly memory", () => {
  using source = openFileSource(writeBytes());
  expect(source.sizeBytes).toBe(100);
  const memories = [new ArrayBuffer(8), new SharedArrayBuffer(8), new WebAssembly.Memory({ initial: 1 }).buffer];
  for (const memory of memories) {
    const into = new Uint8Array(memory, 4, 3);
    source.read(97, into);
    expect([...into]).toEqual([97, 98, 99]);
    expect(new Uint8Array(memory)[3]).toBe(0);
  }
});

it("says that a file ends too early", () => {
  const path = writeBytes();
  using source = openFileSource(path);
  truncateSync(path, 50);
  const details = expectCode("format/truncated", () => source.read(40, new Uint8Array(20)));
  expect(details).toMatchObject({ file: path, neededBytes: 60 });
});

it("reports what the system says of a file that cannot be read", () => {
  expectCode("model/read_failed", () => openFileSource(join(createTemporaryFolder(), "none")));
  using folder = openFileSource(createTemporaryFolder());
  expectCode("model/read_failed", () => folder.read(0, new Uint8Array(1)));
});

it("may be closed twice", () => {
  const source = openFileSource(writeBytes());
  source[Symbol.dispose]();
  source[Symbol.dispose]();
  expectCode("model/read_failed", () => source.read(0, new Uint8Array(1)));
});
