import { describe, expect, it } from "vitest";
import { createTemporaryFolder } from "../../test/temporary-folder.ts";
import { hashModel } from "./model-identity.ts";

/** Hashes a model of one U8 tensor, all zeros but for one byte, and counts what was read. */
function hashOf(tensorBytes: number, changedByte?: number): { hash: string; readBytes: number } {
  let readBytes = 0;
  const place = { beginByte: 100, endByte: 100 + tensorBytes, file: 0 };
  const tensor = { name: "a", dtype: "U8", shape: [tensorBytes], ...place } as const;
  const hash = hashModel({
    folder: createTemporaryFolder(),
    config: {},
    files: [{ path: "/x/model.safetensors", sizeBytes: 100 + tensorBytes, tensors: [tensor], texts: new Map() }],
    stored: [tensor],
    read: (file, offset, into) => {
      expect(file).toBe(0);
      readBytes += into.length;
      if (changedByte !== undefined) {
        const at = 100 + changedByte - offset;
        if (at >= 0 && at < into.length) into[at] = 1;
      }
    },
  });
  return { hash, readBytes };
}

describe("hashModel", () => {
  it("reads every byte of a small model", () => {
    const size = 3_000_000;
    const { hash, readBytes } = hashOf(size);
    expect(readBytes).toBe(size);
    const hashes = [0, 1, size / 2, 2_345_678, size - 1].map((at) => hashOf(size, at).hash);
    expect(new Set([hash, ...hashes]).size).toBe(6);
  });

  it("reads the start, the middle and the end of a large tensor", () => {
    const size = 2 ** 36;
    const { hash, readBytes } = hashOf(size);
    expect(readBytes).toBe(3 * 1024);
    const hashes = [0, 1023, size / 2, size - 1].map((at) => hashOf(size, at).hash);
    expect(new Set([hash, ...hashes]).size).toBe(5);
  });
});
