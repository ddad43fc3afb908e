import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { drawnRow } from "../../test/contracts/drawn-row.ts";
import type { ComputeDtype } from "../tensor/dtype.ts";
import { roundToGrid } from "./grid.ts";
import { plainDivergence } from "./plain/diverging.ts";
import { softmax } from "./softmax.ts";

function roundedSoftmax(dtype: ComputeDtype, length: number): Float32Array {
  const out = new Float32Array(length);
  const share = softmax(plainDivergence, drawnRow(dtype, length), dtype !== "F32", out);
  return out.map((p) => roundToGrid(dtype, Math.fround(p * share)));
}

it("gives torch's numbers", () => {
  expect(roundedSoftmax("F32", 3)).toEqual(Float32Array.of(0.4604312479496002, 0.2341369092464447, 0.3054317831993103));
});

// digests of what torch 2.13 gives on a processor with AVX-512
it.each([
  ["F32", 3, "baa141b15a3358da"],
  ["F32", 16, "733fbbea79955d82"],
  ["F32", 20, "0a7117c011b8ab0c"],
  ["F32", 100, "d488fb3bb68c1baf"],
  ["BF16", 3, "a519e543eb09b5e2"],
  ["BF16", 20, "3bced1fc5892c39d"],
  ["BF16", 100, "948ec680b789054f"],
  ["F16", 16, "0054999c92c3bf54"],
  ["F16", 20, "a35d7853fb12fc14"],
  ["F16", 100, "276b9441d0eab051"],
] as const)("gives torch's bits for a row of %s and length %i", (dtype, length, digest) => {
  const bytes = new Uint8Array(roundedSoftmax(dtype, length).buffer);
  expect(createHash("sha256").update(bytes).digest("hex").slice(0, 16)).toBe(digest);
});

it("gives no share to what is far below the largest", () => {
  const out = new Float32Array(3);
  softmax(plainDivergence, Float32Array.of(0, -200, Number.NEGATIVE_INFINITY), false, out);
  expect(out).toEqual(Float32Array.of(1, 0, 0));
});
