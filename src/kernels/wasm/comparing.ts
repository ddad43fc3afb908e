import type { Comparing } from "../comparing.ts";
import type { Kernels } from "../kernels.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The kernels that compare arrays pair by pair. */
export function wasmComparing(wasm: WasmExports, { widen, subtract }: Pick<Kernels, "widen" | "subtract">): Comparing {
  const addChanges = wasm.kernel("addChangesBF16");
  const changeBF16 = wasm.kernel("changeBF16");
  const [gram, pack, count] = [wasm.kernel("addGram"), wasm.kernel("packSigns"), wasm.kernel("countSigns")];
  return {
    addGram: (rows, products, sums) => {
      wasm.setInputs(rows);
      gram(rows.length, products.byteOffset, sums.byteOffset, rows[0]?.length ?? 0);
    },
    change: (dtype, stored, origin, change, bits) => {
      if (dtype === "BF16") {
        changeBF16(stored.byteOffset, origin.byteOffset, change.byteOffset, bits.byteOffset, change.length);
        return;
      }
      widen(dtype, stored, change);
      subtract("F32", change, origin, change);
      pack(change.byteOffset, bits.byteOffset, change.length);
    },
    addChanges: (stored, { products, sums, signs }, scratch) => {
      wasm.setInputs(stored);
      const n = (stored[0]?.length ?? 0) / 2;
      addChanges(stored.length, products.byteOffset, sums.byteOffset, signs.byteOffset, scratch.byteOffset, n);
    },
    packSigns: (values, bits) => void pack(values.byteOffset, bits.byteOffset, values.length),
    countSigns: (rows, counts) => {
      wasm.setInputs(rows);
      count(rows.length, counts.byteOffset, (rows[0]?.length ?? 0) / 16);
    },
  };
}
