import type { Arena } from "../arena.ts";
import { CASCADE_LEVELS, CASCADE_WIDTH } from "../cascade-sum.ts";
import type { Diverging } from "../diverging.ts";
import { MAGNITUDE_BINS } from "../magnitude-bins.ts";
import { type DivergenceSteps, rowDivergence } from "../row-divergence.ts";
import { SOFTMAX_LANES } from "../softmax.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The kernels that weigh changes by how much a row's distribution changed. */
export function wasmDiverging(wasm: WasmExports, arena: Arena): Diverging {
  const take = wasm.perType("takeImportant");
  return {
    rowDivergence: (dtype, rowLength) => {
      const steps = stepsOver(wasm, arena.floats(SOFTMAX_LANES), arena.floats(CASCADE_LEVELS * CASCADE_WIDTH));
      const logarithms = arena.floats(dtype === "F32" ? 0 : MAGNITUDE_BINS[dtype]);
      return rowDivergence(steps, dtype, { p: arena.floats(rowLength), q: arena.floats(rowLength), logarithms });
    },
    takeImportant: (dtype, { values, base }, { divergence, threshold }, out) =>
      void take[dtype](values.byteOffset, base.byteOffset, divergence, threshold, out.byteOffset, out.length),
  };
}

/** @param levels - [CASCADE_LEVELS][CASCADE_WIDTH] */
function stepsOver(wasm: WasmExports, lanes: Float32Array, levels: Float32Array): DivergenceSteps {
  const [largest, exponentials] = [wasm.kernel("largest"), wasm.kernel("exponentials")];
  const terms = { BF16: wasm.kernel("divergenceTermsBF16"), F16: wasm.kernel("divergenceTermsF16") };
  const cascade = wasm.kernel("cascade");
  return {
    largest: (values) => largest(values.byteOffset, values.length),
    exponentials: (values, most, out) => {
      exponentials(values.byteOffset, most, out.byteOffset, values.length, lanes.byteOffset);
      return lanes;
    },
    terms: (dtype, { p, q, shares, least }, logarithms) => {
      const kernel = dtype === "F16" ? terms.F16 : terms.BF16;
      kernel(p.byteOffset, q.byteOffset, p.length, shares[0], shares[1], least, logarithms.byteOffset);
    },
    cascade: (values, rows, power, halves) => {
      cascade(values.byteOffset, rows, power, Number(halves), levels.byteOffset);
      return levels.subarray(0, CASCADE_WIDTH);
    },
  };
}
