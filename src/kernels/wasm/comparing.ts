import type { Comparing } from "../comparing.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The kernels that compare arrays pair by pair. */
export function wasmComparing(wasm: WasmExports): Comparing {
  const [gram, pack, count] = [wasm.kernel("addGram"), wasm.kernel("packSigns"), wasm.kernel("countSigns")];
  return {
    addGram: (rows, products, sums) => {
      wasm.setInputs(rows);
      gram(rows.length, products.byteOffset, sums.byteOffset, rows[0]?.length ?? 0);
    },
    packSigns: (values, bits) => void pack(values.byteOffset, bits.byteOffset, values.length),
    countSigns: (rows, counts) => {
      wasm.setInputs(rows);
      count(rows.length, counts.byteOffset, (rows[0]?.length ?? 0) / 16);
    },
  };
}
