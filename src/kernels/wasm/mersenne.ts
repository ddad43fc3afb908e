import { type MersenneEngine, STATE_WORDS } from "../mersenne-streams.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** A call that is under way stays in the code it began in, which at first is that of V8's quick compiler. */
const TWISTS_AT_A_TIME = 1000;

/** The Mersenne Twister whose state is in the kernels' memory. */
export function wasmMersenne(wasm: WasmExports): MersenneEngine {
  const [twist, fill] = [wasm.kernel("mersenneTwist"), wasm.kernel("mersenneWords")];
  const dropOut = wasm.kernel("mersenneDropOut");
  return {
    state: new Uint32Array(wasm.buffer, wasm.place("MERSENNE"), STATE_WORDS),
    twist: (times) => {
      for (let left = times; left > 0; left -= TWISTS_AT_A_TIME) twist(Math.min(left, TWISTS_AT_A_TIME));
    },
    fill: (index, out) => fill(index, out.byteOffset, out.length),
    dropOut: (index, values, limit) => dropOut(index, values.byteOffset, values.length, limit),
  };
}
