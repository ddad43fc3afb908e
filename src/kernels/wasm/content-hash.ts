import type { HashSteps } from "../content-hash.ts";
import type { TakeStripes } from "../lane-hash.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The steps of the content hash in WebAssembly. */
export function wasmHashSteps(wasm: WasmExports): HashSteps {
  const [start, stripes, end] = [wasm.kernel("hashStart"), wasm.kernel("hashStripes"), wasm.kernel("hashEnd")];
  return {
    start: (state) => void start(state.byteOffset),
    stripes: (state, bytes) => void stripes(state.byteOffset, bytes.byteOffset, bytes.length),
    end: (state, tail, totalBytes) =>
      void end(state.byteOffset, tail.byteOffset, tail.length, totalBytes % 2 ** 32, Math.floor(totalBytes / 2 ** 32)),
  };
}

/** The step of the quick hash in WebAssembly. */
export function wasmLanes(wasm: WasmExports): TakeStripes {
  const take = wasm.kernel("hashLanes");
  return (lanes, bytes) => void take(lanes.byteOffset, bytes.byteOffset, bytes.length);
}
