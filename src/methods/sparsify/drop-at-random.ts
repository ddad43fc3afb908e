import { front } from "../../kernels/front.ts";
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

/**
 * Thins out changes by a random drop, and scales what is left to the norm of all if there is one to keep. Then the
 * tensor is read twice, and drawn for once if what is left can be kept.
 */
export function dropAtRandom({ norm }: SparsifierSettings, tools: SparsifierTools, drop: Drop): Thinning {
  const { dtype, kernels, keepsRewrites } = tools;
  const words = tools.random();
  const thin = ({ change: { values, base } }: ChangeBlock, out: Float32Array): void => {
    kernels.subtract(dtype, values, base, out);
    drop(out, words);
  };
  if (norm === undefined) return { passes: [], apply: thin };

  let factor = 1;
  const scratch = keepsRewrites ? undefined : kernels.floats(tools.blockElements);
  const drawn = keepsRewrites ? words : tools.random();
  const measure = function* (): Generator<(block: ChangeBlock) => void> {
    const ratio = new NormRatio(norm, workingDtype(dtype), kernels);
    yield ({ start, change: { values, base } }) => {
      const difference = scratch === undefined ? values : front(scratch, values.length);
      kernels.subtract(dtype, values, base, difference);
      ratio.addBefore(start, difference);
      drop(difference, drawn);
      ratio.addAfter(start, difference);
    };
    factor = ratio.factor();
  };
  const scale = (values: Float32Array, out: Float32Array): void => {
    if (factor !== 1) kernels.scale(dtype, factor, values, out);
    else if (out !== values) out.set(values);
  };
  return {
    passes: measure(),
    ...(keepsRewrites ? { rewrites: true, factor: () => factor } : {}),
    apply: (block, out) => {
      if (keepsRewrites) return scale(block.change.values, out);
      thin(block, out);
      scale(out, out);
    },
  };
}
