import type { MagnitudeBand } from "../magnitude-band.ts";
import type { Selecting } from "../selecting.ts";
import type { Kernel, WasmExports } from "./wasm-exports.ts";

/** The kernels that find and keep entries by magnitude. */
export function wasmSelecting(wasm: WasmExports): Selecting {
  const [count, countChanges] = [wasm.perType("countMagnitudes"), wasm.perType("countChanges")];
  const countWithin = wasm.kernel("countWithin");
  const [keepBand, keepChanges] = [wasm.kernel("keepBand"), wasm.perType("keepChanges")];
  const keepWhere = wasm.kernel("keepWhere");
  const [drop, dropShort] = [wasm.kernel("dropByRankF32"), wasm.kernel("dropByRankBF16")];
  const progress = new Uint32Array(wasm.buffer, wasm.place("PROGRESS"), 2);

  const keep = (kernel: Kernel, addresses: readonly number[], band: MagnitudeBand): void => {
    const { low, lowFrom, lowTo, high, highTo } = band.limits;
    progress[0] = band.lowSeen;
    progress[1] = band.highSeen;
    kernel(...addresses, low, lowFrom, lowTo, high, highTo);
    band.lowSeen = progress[0];
    band.highSeen = progress[1];
  };
  return {
    countMagnitudes: (dtype, values, bins) => void count[dtype](values.byteOffset, bins.byteOffset, values.length),
    countChanges: (dtype, values, base, bins) =>
      void countChanges[dtype](values.byteOffset, base.byteOffset, bins.byteOffset, values.length),
    countWithin: (values, upper, bins) => void countWithin(values.byteOffset, values.length, upper, bins.byteOffset),
    keepBand: (values, band) => keep(keepBand, [values.byteOffset, values.length], band),
    keepChanges: (dtype, { values, base }, band, out) =>
      keep(keepChanges[dtype], [values.byteOffset, base.byteOffset, out.byteOffset, out.length], band),
    keepWhere: (values, marks) => void keepWhere(values.byteOffset, marks.byteOffset, values.length),
    dropByRank: (dtype, { values, limits }, words, scratch) =>
      void (dtype === "BF16" ? dropShort : drop)(
        values.byteOffset,
        values.length / limits.length,
        limits.length,
        limits.byteOffset,
        words.byteOffset,
        scratch.byteOffset,
      ),
  };
}
