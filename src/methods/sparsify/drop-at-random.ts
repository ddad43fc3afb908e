import type { RandomWords } from "../../kernels/random-words.ts";
import type { ComputeDtype } from "../../tensor/dtype.ts";
import { NormRatio } from "./norm-ratio.ts";
import type { ChangeBlock, SparsifierSettings, SparsifierTools, Thinning } from "./sparsifier.ts";

/** Zeroes what the words say in changes, in place, one word an entry. */
export type Drop = (changes: Float32Array, words: RandomWords) => void;

/**
 * The type that random sparsifiers keep probabilities, masks and norms in: as in mergekit, bfloat16 for bfloat16 and
 * float32 for all else.
 */
export function workingDtype(dtype: ComputeDtype): ComputeDtype {
  return dtype === "BF16" ? "BF16" : "F32";
}

/** Thins out changes by a random drop, and scales what is left to the norm of all if there is one to keep. */
export function dropAtRandom({ norm }: SparsifierSettings, tools: SparsifierTools, drop: Drop): Thinning {
  const { dtype, kernels } = tools;
  let factor = 1;
  const measure = function* (keptNorm: NonNullable<typeof norm>): Generator<(block: ChangeBlock) => void> {
    const ratio = new NormRatio(keptNorm, workingDtype(dtype), kernels);
    const scratch = kernels.floats(tools.blockElements);
    const words = tools.random();
    yield ({ start, change: { values, base } }) => {
      const difference = scratch.subarray(0, values.length);
      kernels.subtract(dtype, values, base, difference);
      ratio.addBefore(start, difference);
      drop(difference, words);
      ratio.addAfter(start, difference);
    };
    factor = ratio.factor();
  };
  const words = tools.random();
  return {
    passes: norm === undefined ? [] : measure(norm),
    apply: ({ change: { values, base } }, out) => {
      kernels.subtract(dtype, values, base, out);
      drop(out, words);
      if (factor !== 1) kernels.scale(dtype, factor, out, out);
    },
  };
}
