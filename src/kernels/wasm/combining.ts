import { type Combining, LEAST_DISTANCE } from "../combining.ts";
import { plainDivisor } from "../consensus.ts";
import { roundToGrid } from "../grid.ts";
import type { WasmExports } from "./wasm-exports.ts";

/** The kernels that make one array of many. */
export function wasmCombining(wasm: WasmExports): Combining {
  const [mean, sum, variance] = [wasm.perType("weightedMean"), wasm.perType("weightedSum"), wasm.perType("variance")];
  const [reinforce, reinforceWide] = [wasm.perType("reinforce"), wasm.perType("reinforceWide")];
  const towards = wasm.perType("towardsMean");
  const nearSwap = wasm.perType("nearSwap");
  const storedMean = wasm.kernel("storedMeanBF16");
  const storedSum = wasm.kernel("storedSumBF16");
  const countActive = wasm.kernel("countActive");
  return {
    weightedMean: (dtype, { inputs, weights, divisor }, out) => {
      wasm.setInputs(inputs);
      wasm.setWeights(weights);
      mean[dtype](inputs.length, divisor, out.byteOffset, out.length);
    },
    storedMean: ({ inputs, weights, divisor }, out) => {
      wasm.setInputs(inputs);
      wasm.setWeights(weights);
      return storedMean(inputs.length, divisor, out.byteOffset, out.length / 2);
    },
    weightedSum: (dtype, { inputs, weights }, out) => {
      wasm.setInputs(inputs);
      wasm.setWeights(weights);
      sum[dtype](inputs.length, out.byteOffset, out.length);
    },
    applyChanges: changeApplier(wasm),
    storedSum: ({ inputs, weights, factors, base, divisor, lambda }, out) => {
      wasm.setInputs(inputs);
      wasm.setWeights(weights);
      wasm.setFactors(factors);
      return storedSum(inputs.length, divisor, lambda, base.byteOffset, out.byteOffset, out.length / 2);
    },
    variance: (dtype, inputs, out) => {
      wasm.setInputs(inputs);
      variance[dtype](inputs.length, out.byteOffset, out.length);
    },
    towardsMean: (dtype, { base, inputs, t }, out) => {
      wasm.setInputs(inputs);
      const rest = roundToGrid(dtype, Math.fround(1 - t));
      towards[dtype](inputs.length, t, rest, base.byteOffset, out.byteOffset, out.length);
    },
    reinforce: ({ dtype, epsilon, factors, result }, base, changes, out) => {
      wasm.setInputs(changes);
      wasm.setWeights(factors);
      const kernels = result === dtype ? reinforce : reinforceWide;
      kernels[dtype](changes.length, epsilon, base.byteOffset, out.byteOffset, out.length);
    },
    countActive: (epsilon, changes, counts) => {
      wasm.setInputs(changes);
      countActive(changes.length, epsilon, counts.byteOffset, changes[0]?.length ?? 0);
    },
    nearSwap: (dtype, { base, other, t }, out) => {
      const least = roundToGrid(dtype, LEAST_DISTANCE);
      nearSwap[dtype](base.byteOffset, other.byteOffset, t, least, out.byteOffset, out.length);
    },
  };
}

function changeApplier(wasm: WasmExports): Combining["applyChanges"] {
  const [sum, vote] = [wasm.perType("sumChanges"), wasm.perType("voteChanges")];
  const [mean, unweighted] = [wasm.perType("voteMeans"), wasm.perType("voteMeansUnweighted")];
  return (consensus, base, changes, out) => {
    const { dtype, vote: how, normalize, leastMass = Number.NEGATIVE_INFINITY, lambda, weights } = consensus;
    wasm.setInputs(changes);
    wasm.setWeights(weights);
    const rest = [lambda, base.byteOffset, out.byteOffset, out.length];
    if (how === "none") sum[dtype](changes.length, plainDivisor(consensus), ...rest);
    else if (!normalize) vote[dtype](changes.length, ...rest);
    else (how === "weighted" ? mean : unweighted)[dtype](changes.length, leastMass, ...rest);
  };
}
