/** Test problems with several objectives, on [0, 1]^n. */

type Objectives = (x: readonly number[]) => readonly number[];

/**
 * ZDT 1 to 4 and 6, and DTLZ2 with three objectives.
 *
 * @source Zitzler, Deb & Thiele 2000, https://doi.org/10.1162/106365600568202
 * @source Deb et al. 2002, "Scalable multi-objective optimization test problems", https://doi.org/10.1109/CEC.2002.1007032
 */
export const MULTIOBJECTIVE: Readonly<Record<string, Objectives>> = {
  zdt1: ([first = 0, ...rest]) => convex(first, 1 + 9 * mean(rest)),
  zdt2: ([first = 0, ...rest]) => concave(first, 1 + 9 * mean(rest)),
  zdt3: ([first = 0, ...rest]) => {
    const g = 1 + 9 * mean(rest);
    const r = first / g;
    return [first, g * (1 - Math.sqrt(r) - r * Math.sin(10 * Math.PI * first))];
  },
  zdt4: ([first = 0, ...rest]) => {
    const y = rest.map((value) => 10 * value - 5);
    const g = 1 + 10 * y.length + y.reduce((sum, value) => sum + value ** 2 - 10 * Math.cos(4 * Math.PI * value), 0);
    return convex(first, g);
  },
  zdt6: ([first = 0, ...rest]) =>
    concave(1 - Math.exp(-4 * first) * Math.sin(6 * Math.PI * first) ** 6, 1 + 9 * mean(rest) ** 0.25),
  dtlz2: ([first = 0, second = 0, ...rest]) => {
    const g = 1 + rest.reduce((sum, value) => sum + (value - 0.5) ** 2, 0);
    const [a, b] = [(first * Math.PI) / 2, (second * Math.PI) / 2];
    return [g * Math.cos(a) * Math.cos(b), g * Math.cos(a) * Math.sin(b), g * Math.sin(a)];
  },
};

const convex = (f: number, g: number): readonly number[] => [f, g * (1 - Math.sqrt(f / g))];
const concave = (f: number, g: number): readonly number[] => [f, g * (1 - (f / g) ** 2)];
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
