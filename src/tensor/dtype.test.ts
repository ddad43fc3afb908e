import { describe, expect, it } from "vitest";
import {
  bitsOf,
  byteLength,
  DTYPES,
  dtypeFromTorchName,
  isComputeDtype,
  isDtype,
  kindOf,
  promote,
  torchName,
} from "./dtype.ts";

describe("dtypes", () => {
  it("are those of safetensors, whole bytes or packed", () => {
    expect(DTYPES).toHaveLength(22);
    expect(DTYPES.filter((dtype) => bitsOf(dtype) % 8 !== 0)).toEqual(["F4", "F6_E2M3", "F6_E3M2"]);
    expect(isDtype("BF16")).toBe(true);
    expect(isDtype("bf16")).toBe(false);
    expect(isDtype("toString")).toBe(false);
  });

  it("know how many bytes elements take", () => {
    expect(byteLength("BF16", 3)).toBe(6);
    expect(byteLength("F4", 4)).toBe(2);
    expect(byteLength("F6_E2M3", 2)).toBe(1.5);
  });

  it("are spelt by recipes as torch spells them", () => {
    expect(dtypeFromTorchName("bfloat16")).toBe("BF16");
    expect(dtypeFromTorchName("torch.float16")).toBe("F16");
    expect(dtypeFromTorchName("bf16")).toBeUndefined();
    expect(torchName("F32")).toBe("float32");
    expect(torchName("U8")).toBe("u8");
  });

  it("promote to the smallest type that holds both", () => {
    expect(promote("BF16", "BF16")).toBe("BF16");
    expect(promote("BF16", "F16")).toBe("F32");
    expect(promote("F32", "F16")).toBe("F32");
  });

  it("tell what can be computed with", () => {
    expect(DTYPES.filter(isComputeDtype)).toEqual(["F16", "BF16", "F32"]);
    expect(kindOf("I64")).toBe("integer");
    expect(kindOf("BOOL")).toBe("boolean");
  });
});
