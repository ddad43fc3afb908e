import type { SearchMethod } from "../../src/search/search.ts";

const number = (per: string, fallback: number | undefined, range: readonly [number, number]) => ({
  kind: "number",
  per,
  default: fallback,
  range,
});
const flag = { kind: "flag", per: "merge", default: false };
const anything = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const weight = number("model", undefined, anything);
const taskVectors = {
  base: "required",
  arity: [1, 10],
  params: {
    weight,
    density: number("model", 1, [0, 1]),
    normalize: flag,
    int8_mask: flag,
    lambda: number("merge", 1, anything),
  },
} as const;

/** Facts of some merge methods, as tests of the search use them. */
export const METHOD_TABLES: Readonly<Record<string, SearchMethod>> = {
  linear: { base: "ordinary", arity: [1, 10], params: { weight, normalize: flag } },
  slerp: { base: "required", arity: [2, 2], params: { t: number("merge", undefined, anything) } },
  task_arithmetic: taskVectors,
  ties: taskVectors,
};
