/**
 * Spherical interpolation from the base (t = 0) to the other model (t = 1), the whole tensor being one vector.
 *
 *     c     = (a . b) / (|a| |b|),  theta = acos c
 *     out   = sin((1 - t) theta) / sin theta * a + sin(t theta) / sin theta * b
 *     out   = (1 - t) a + t b                                       where |c| > 0.9995
 *
 * Coefficients are formed and applied in float32, and the result is rounded once. Lengths and the product are added up
 * in float64, which departs from mergekit's float32 sums by less than their error.
 *
 * @source Shoemake 1985, "Animating rotation with quaternion curves", https://doi.org/10.1145/325165.325242
 */

import { ANY_NUMBER, defineMethod, requiredNumber } from "./method.ts";

/** Above this cosine the vectors count as parallel. */
const PARALLEL = 0.9995;

/** Lengths up to this count as 0. */
const NO_LENGTH = 1e-8;

const { fround } = Math;

export const slerp = defineMethod({
  name: "slerp",
  title: "SLERP",
  source: "https://en.wikipedia.org/wiki/Slerp",
  base: "required",
  arity: [2, 2],
  lone: "copy",
  params: {
    t: requiredNumber("merge", ANY_NUMBER, "Place between the base (0) and the other model (1)."),
  },
  draws: () => 0,

  begin({ dtype }, { t }, { kernels }) {
    const [aa, bb, ab] = [kernels.runningSum(), kernels.runningSum(), kernels.runningSum()];
    let coefficients: readonly [number, number] | undefined;
    return {
      passes: [
        ({ start, base, models }) => {
          aa.addProducts(start, base!, base!);
          bb.addProducts(start, models[0]!, models[0]!);
          ab.addProducts(start, base!, models[0]!);
        },
      ],
      apply: ({ base, models, out }) => {
        coefficients ??= slerpCoefficients(cosine(aa.total(), bb.total(), ab.total()), t);
        const [ca, cb] = coefficients;
        kernels.blend(dtype, { a: base!, ca, b: models[0]!, cb }, out);
      },
    };
  },
});

function cosine(aa: number, bb: number, ab: number): number {
  const length = (squares: number): number => {
    const single = fround(Math.sqrt(squares));
    return single <= NO_LENGTH ? 1 : single;
  };
  return Math.min(Math.max(fround(ab / (length(aa) * length(bb))), -1), 1);
}

function slerpCoefficients(c: number, t: number): readonly [number, number] {
  const t1 = fround(t);
  const t0 = fround(1 - t1);
  if (Math.abs(c) > PARALLEL) return [t0, t1];
  const theta = fround(Math.acos(c));
  const sine = fround(Math.sin(theta));
  const part = (share: number): number => fround(fround(Math.sin(fround(share * theta))) / sine);
  return [part(t0), part(t1)];
}
