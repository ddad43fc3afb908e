import { type MersenneEngine, STATE_WORDS } from "../mersenne-streams.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The Mersenne Twister whose state is in the kernels' memory. */
export function wasmMersenne(wasm: WasmExports): MersenneEngine {
  const [twist, fill] = [wasm.kernel("mersenneTwist"), wasm.kernel("mersenneWords")];
  const [dropOut, dropOutBy] = [wasm.kernel("mersenneDropOut"), wasm.kernel("mersenneDropOutBy")];
  return {
    state: new Uint32Array(wasm.buffer, wasm.place("MERSENNE"), STATE_WORDS),
    twist: (times) => void twist(times),
    fill: (index, out) => fill(index, out.byteOffset, out.length),
    dropOut: (index, values, limit) => dropOut(index, values.byteOffset, values.length, limit),
    dropOutBy: (index, values, keeps) => dropOutBy(index, values.byteOffset, keeps.byteOffset, values.length),
  };
}
