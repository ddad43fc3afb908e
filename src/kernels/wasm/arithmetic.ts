import type { Arithmetic } from "../arithmetic.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The kernels for one or two arrays. */
export function wasmArithmetic(wasm: WasmExports): Arithmetic {
  const pairwise = (name: string): Arithmetic["add"] => {
    const kernels = wasm.perType(name);
    return (dtype, a, b, out) => void kernels[dtype](a.byteOffset, b.byteOffset, out.byteOffset, out.length);
  };
  const withNumber = (name: string): Arithmetic["scale"] => {
    const kernels = wasm.perType(name);
    return (dtype, number, values, out) => void kernels[dtype](number, values.byteOffset, out.byteOffset, out.length);
  };
  const [toBF16, toF16] = [wasm.kernel("roundToBF16"), wasm.kernel("roundToF16")];
  const blend = wasm.perType("blend");
  const largest = wasm.kernel("largestMagnitude");
  return {
    round: (dtype, values) => {
      if (dtype !== "F32") (dtype === "BF16" ? toBF16 : toF16)(values.byteOffset, values.length);
    },
    add: pairwise("add"),
    subtract: pairwise("subtract"),
    multiply: pairwise("multiply"),
    divide: pairwise("divide"),
    scale: withNumber("scale"),
    divideBy: withNumber("divideBy"),
    blend: (dtype, { a, ca, b, cb }, out) =>
      void blend[dtype](a.byteOffset, ca, b.byteOffset, cb, out.byteOffset, out.length),
    largestMagnitude: (values) => largest(values.byteOffset, values.length),
  };
}
