/** Arithmetic on short vectors, which are plain arrays because they live in JSON. */

/** Σ xᵢ */
export function sum(xs: readonly number[]): number {
  let total = 0;
  for (const x of xs) total += x;
  return total;
}

/** Σ aᵢ bᵢ */
export function dot(a: readonly number[], b: readonly number[]): number {
  let total = 0;
  for (const [i, x] of a.entries()) total += x * b[i]!;
  return total;
}

/** wa·a + wb·b */
export function blend(a: readonly number[], wa: number, b: readonly number[], wb: number): number[] {
  return a.map((x, i) => wa * x + wb * b[i]!);
}

/** Σ wᵢ vᵢ, [N]. @param vectors - at least one. */
export function weightedSum(vectors: readonly (readonly number[])[], weights: readonly number[]): number[] {
  return vectors[0]!.map((_, j) => vectors.reduce((total, vector, i) => total + weights[i]! * vector[j]!, 0));
}
