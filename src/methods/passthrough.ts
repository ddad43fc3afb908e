/**
 * One model as it is, or scaled.
 *
 *     out = scale * x
 */

import { ANY_NUMBER, defineMethod, number } from "./method.ts";

export const passthrough = defineMethod({
  name: "passthrough",
  title: "Passthrough",
  source: "https://github.com/arcee-ai/mergekit",
  base: "ordinary",
  arity: [1, 1],
  lone: "merge",
  params: {
    scale: number("model", null, ANY_NUMBER, "Factor on the tensor; not set leaves it as it is."),
  },
  draws: () => 0,
  keeps: ({ scale }) => (scale[0] ?? null) === null,

  begin({ dtype }, { scale }, { kernels }) {
    const factor = scale[0] ?? null;
    return {
      passes: [],
      apply: ({ models, out }) => {
        if (factor === null) out.set(models[0]!);
        else kernels.scale(dtype, factor, models[0]!, out);
      },
    };
  },
});
