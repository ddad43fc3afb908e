/**
 * Takes the other model's value where it is near the base's, and less of it the farther away it is.
 *
 *     k   = clamp(t / |base - x|, 0, 1)
 *     out = k * x + (1 - k) * base
 *
 * Every step is rounded to the tensor's type.
 *
 * @source https://huggingface.co/alchemonaut/QuartetAnemoi-70B-t0.0001
 */

import { ANY_NUMBER, defineMethod, requiredNumber } from "./method.ts";

export const nearswap = defineMethod({
  name: "nearswap",
  title: "NearSwap",
  source: "https://huggingface.co/alchemonaut/QuartetAnemoi-70B-t0.0001",
  base: "required",
  arity: [2, 2],
  lone: "copy",
  params: {
    t: requiredNumber("merge", ANY_NUMBER, "Distance up to which the other model's value is taken in full."),
  },
  draws: () => 0,

  begin({ dtype }, { t }, { kernels }) {
    return {
      passes: [],
      apply: ({ base, models, out }) => kernels.nearSwap(dtype, { base: base!, other: models[0]!, t }, out),
    };
  },
});
