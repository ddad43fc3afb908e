import type { Kernels } from "../../kernels/kernels.ts";
import type { Block, TensorFacts, TensorMerge } from "../method.ts";
import { type KarcherSettings, karcherWeights } from "./karcher-weights.ts";
import { roundingOf } from "./rounding.ts";

/** Starts a Karcher mean that reads the models twice: for the products of every two, and to add them up. */
export function weightedKarcher(
  { dtype, modelCount }: TensorFacts,
  settings: KarcherSettings,
  kernels: Kernels,
): TensorMerge {
  let weights: readonly number[] = [];
  const measure = function* (): Generator<(block: Block) => void> {
    const sums = Array.from({ length: modelCount }, (_, i) =>
      Array.from({ length: i + 1 }, () => kernels.runningSum()),
    );
    yield ({ start, models }) => {
      for (const [i, row] of sums.entries()) {
        for (const [j, sum] of row.entries()) sum.addProducts(start, models[i]!, models[j]!);
      }
    };
    const products = sums.map((row) => row.map((sum) => sum.total()));
    weights = karcherWeights(
      products.map((row, i) => products.map((_, j) => (i < j ? products[j]![i]! : row[j]!))),
      { ...settings, round: roundingOf(dtype) },
    );
  };
  return {
    passes: measure(),
    apply: ({ models, out }) => kernels.weightedMean(dtype, { inputs: models, weights, divisor: 1 }, out),
  };
}
