import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothKernels, wasmKernels } from "../../test/contracts/kernel-twins.ts";
import type { ContentHash } from "./content-hash.ts";
import type { Kernels } from "./kernels.ts";

function digestOf(kernels: Kernels, start: (kernels: Kernels) => ContentHash, pieces: readonly Uint8Array[]): string {
  const mark = kernels.mark();
  const hash = start(kernels);
  for (const piece of pieces) {
    const bytes = kernels.bytes(piece.length);
    bytes.set(piece);
    hash.update(bytes);
  }
  const digest = hash.digest();
  kernels.release(mark);
  return digest;
}

const laneHash = (kernels: Kernels): ContentHash => kernels.laneHash();
const [wasm, plain] = bothKernels();

function littleEndian(number: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(number)).buffer);
}

describe("the lane hash", () => {
  it("is the same in WebAssembly and plain, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 }), (pieces) => {
        const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
        const digest = digestOf(plain, laneHash, [whole]);
        expect(digestOf(wasm, laneHash, pieces)).toBe(digest);
        expect(digestOf(plain, laneHash, pieces)).toBe(digest);
      }),
    );
  });

  it("is the XXH64 of the lanes, of what is left and of the length", () => {
    const prime = 0x9e3779b1n;
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 89) ^ (i >> 3));
    const words = new Uint32Array(bytes.slice(0, 256).buffer);
    const lanes = Uint32Array.from({ length: 32 }, (_, i) => {
      const v = BigInt.asUintN(32, BigInt(i + 1) * prime) ^ BigInt(words[i]!);
      const product = BigInt.asUintN(32, ((v ^ (v >> 15n)) + BigInt(words[32 + i]!)) * prime);
      return Number(product ^ (product >> 13n));
    });
    const mixed = [new Uint8Array(lanes.buffer), bytes.subarray(256), littleEndian(300)];
    const expected = digestOf(plain, (kernels) => kernels.contentHash(), mixed);
    for (const kernels of [wasm, plain]) expect(digestOf(kernels, laneHash, [bytes])).toBe(expected);
  });

  it("sees signs that change in two words of a lane, and lengths", () => {
    const kernels = wasmKernels();
    const zeros = new Uint8Array(32 * 256);
    const digests = [zeros, zeros.slice(1)].map((bytes) => digestOf(kernels, laneHash, [bytes]));
    for (let i = 0; i < 64; i++) {
      for (let j = 0; j <= i; j++) {
        const bytes = zeros.slice();
        for (const word of new Set([i, j])) bytes[128 * word + 3] = 0x80;
        digests.push(digestOf(kernels, laneHash, [bytes]));
      }
    }
    expect(new Set(digests).size).toBe(2 + (64 * 65) / 2);
  });
});
