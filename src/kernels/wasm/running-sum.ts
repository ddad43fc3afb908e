import { GROUP_ELEMENTS, type RunningSum, totalOf } from "../running-sum.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** Makes sums over SUM_DOUBLES float64 of kernel memory, which are 0 at first. */
export function wasmSums(wasm: WasmExports): (lanes: Float64Array) => RunningSum {
  const [magnitudes, values] = [wasm.kernel("addMagnitudes"), wasm.kernel("addValues")];
  const products = wasm.kernel("addProducts");
  const rounded = wasm.perType("addRounded");
  return (lanes) => {
    const at = lanes.byteOffset;
    return {
      addMagnitudes: (start, array) => void magnitudes(at, start % GROUP_ELEMENTS, array.byteOffset, array.length),
      addValues: (start, array) => void values(at, start % 8, array.byteOffset, array.length),
      addProducts: (start, a, b) => void products(at, start % 8, a.byteOffset, b.byteOffset, a.length),
      addRounded: (dtype, start, a, b) => void rounded[dtype](at, start % 8, a.byteOffset, b.byteOffset, a.length),
      total: () => totalOf(lanes),
    };
  };
}
