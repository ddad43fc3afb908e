import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothKernels, wasmKernels } from "../../test/contracts/kernel-twins.ts";
import type { Kernels } from "./kernels.ts";

function hashOf(kernels: Kernels, pieces: readonly Uint8Array[]): string {
  const mark = kernels.mark();
  const hash = kernels.contentHash();
  for (const piece of pieces) {
    const bytes = kernels.bytes(piece.length);
    bytes.set(piece);
    hash.update(bytes);
  }
  const digest = hash.digest();
  kernels.release(mark);
  return digest;
}

/** From the reference implementation, `xxhsum -H64`. */
const KNOWN = [
  ["", "ef46db3751d8e999"],
  ["a", "d24ec4f1a98c6e5b"],
  ["abc", "44bc2cf5ad770999"],
  ["Nobody inspects the spammish repetition", "fbcea83c8a378bf1"],
] as const;

describe("the content hash", () => {
  it.each(KNOWN)("of %j is the published one", (text, digest) => {
    for (const kernels of bothKernels()) expect(hashOf(kernels, [new TextEncoder().encode(text)])).toBe(digest);
  });

  it("is the same in WebAssembly and plain, however the bytes are cut", () => {
    const [wasm, plain] = bothKernels();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 6 }), (pieces) => {
        const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
        const digest = hashOf(plain, [whole]);
        expect(hashOf(wasm, pieces)).toBe(digest);
        expect(hashOf(plain, pieces)).toBe(digest);
      }),
    );
  });

  it("sees a single changed bit", () => {
    const kernels = wasmKernels();
    const bytes = new Uint8Array(10_000);
    const before = hashOf(kernels, [bytes]);
    bytes[7_777] = 1;
    expect(hashOf(kernels, [bytes])).not.toBe(before);
  });
});
