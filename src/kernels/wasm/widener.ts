import type { Dtype } from "../../tensor/dtype.ts";
import { kernelErrors } from "../errors.ts";
import type { Kernels } from "../kernels.ts";
import { isOneByteDtype, ONE_BYTE_DTYPES, type OneByteDtype, oneByteValues } from "../one-byte-values.ts";
import type { Kernel, WasmExports } from "./wasm-exports.ts";

const TABLE_BYTES = 1024;
const DIRECT = ["F32", "BF16", "F16", "I16", "U16", "I32", "U32", "I64", "U64", "F64"] as const satisfies Dtype[];

/** The kernel that widens stored elements; puts the table of a one-byte type into memory when it is first met. */
export function wasmWidener(wasm: WasmExports): Kernels["widen"] {
  const byTable = wasm.kernel("widenByTable");
  const tables = wasm.place("TABLES");
  const direct = Object.fromEntries(DIRECT.map((dtype) => [dtype, wasm.kernel(`widen${dtype}`)])) as {
    readonly [D in Dtype]?: Kernel;
  };
  const filled = new Set<Dtype>();
  const tableOf = (dtype: OneByteDtype): number => {
    const table = tables + ONE_BYTE_DTYPES.indexOf(dtype) * TABLE_BYTES;
    if (!filled.has(dtype)) new Float32Array(wasm.buffer, table, 256).set(oneByteValues(dtype));
    filled.add(dtype);
    return table;
  };
  return (dtype, src, out) => {
    const kernel = direct[dtype];
    if (kernel !== undefined) {
      kernel(src.byteOffset, out.byteOffset, out.length);
    } else if (isOneByteDtype(dtype)) {
      byTable(src.byteOffset, tableOf(dtype), out.byteOffset, out.length);
    } else {
      throw kernelErrors.unsupported_dtype({ dtype });
    }
  };
}
