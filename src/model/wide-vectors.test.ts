import { describe, expect, it } from "vitest";
import { allowWideVectors } from "./wide-vectors.ts";

describe("allowWideVectors", () => {
  it("is for the version of V8 that the tests run on", () => {
    const isTested = process.arch === "x64" && process.versions.node === "24.21.0";
    expect(allowWideVectors({ v8: process.versions.v8, arch: process.arch })).toBe(isTested);
  });

  it.each([
    { v8: "13.6.23.17-node.53", arch: "x64" },
    { v8: "14.1.146.11-node.14", arch: "x64" },
    { v8: "13.6.233.17-node.53", arch: "arm64" },
  ])("is not for others ($v8, $arch)", (runtime) => {
    expect(allowWideVectors(runtime)).toBe(false);
  });
});
