import { describe, expect, it } from "vitest";
import { isOneByteDtype, oneByteValues } from "./one-byte-values.ts";

describe("one-byte types", () => {
  // From the formats' definitions, and compared with torch 2.13 for every byte.
  it.each([
    [
      "F8_E5M2",
      {
        1: 2 ** -16,
        60: 1,
        123: 57_344,
        124: Number.POSITIVE_INFINITY,
        252: Number.NEGATIVE_INFINITY,
        125: Number.NaN,
        128: -0,
      },
    ],
    ["F8_E4M3", { 1: 2 ** -9, 56: 1, 126: 448, 127: Number.NaN, 255: Number.NaN, 185: -1.125 }],
    ["F8_E8M0", { 0: 2 ** -127, 127: 1, 128: 2, 254: 2 ** 127, 255: Number.NaN }],
    ["F8_E4M3FNUZ", { 1: 2 ** -10, 64: 1, 127: 240, 128: Number.NaN, 255: -240 }],
    ["F8_E5M2FNUZ", { 1: 2 ** -17, 64: 1, 127: 57_344, 128: Number.NaN }],
    ["I8", { 127: 127, 128: -128, 255: -1 }],
    ["U8", { 0: 0, 255: 255 }],
    ["BOOL", { 0: 0, 1: 1, 2: 1 }],
  ] as const)("%s has its values", (dtype, expected) => {
    const values = oneByteValues(dtype);
    expect(values).toHaveLength(256);
    for (const [byte, value] of Object.entries(expected)) expect(values[Number(byte)], byte).toBe(value);
  });

  it("are told from others", () => {
    expect(isOneByteDtype("F8_E4M3")).toBe(true);
    expect(isOneByteDtype("BF16")).toBe(false);
  });
});
