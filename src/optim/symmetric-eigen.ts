import { EigenvalueDecomposition } from "ml-matrix";
import { dot } from "./vector.ts";

/** A symmetric matrix taken apart: A = B·diag(values)·Bᵀ. */
export interface SymmetricEigen {
  /** [N], ascending. */
  readonly values: readonly number[];
  /** [N][N]; `vectors[k]` belongs to `values[k]`, length 1, orthogonal to the others. */
  readonly vectors: readonly (readonly number[])[];
}

/**
 * Takes a symmetric matrix apart into eigenvalues and eigenvectors.
 *
 * @param matrix - [N][N]; only what is symmetric in it is used.
 * @complexity O(N³): 0.3 ms for N = 16, 50 ms for N = 200.
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): SymmetricEigen {
  const known = DECOMPOSED.get(matrix);
  if (known !== undefined) return known;
  const eigen = decompose(matrix);
  DECOMPOSED.set(matrix, eigen);
  return eigen;
}

/** Asking, telling and stopping look at one state and need the same decomposition; states are never changed. */
const DECOMPOSED = new WeakMap<readonly (readonly number[])[], SymmetricEigen>();

function decompose(matrix: readonly (readonly number[])[]): SymmetricEigen {
  const symmetric = matrix.map((row, i) => row.map((entry, j) => (entry + matrix[j]![i]!) / 2));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return { values: realEigenvalues, vectors: eigenvectorMatrix.transpose().to2DArray() };
}

/**
 * Multiplies a vector by a power of the decomposed matrix: Aᵖ·v = B·diag(valuesᵖ)·Bᵀ·v.
 *
 * Eigenvalues below 1e-30 count as 1e-30, so that a matrix that lost its positive definiteness to rounding still has roots.
 */
export function powerTimes({ values, vectors }: SymmetricEigen, power: number, vector: readonly number[]): number[] {
  const out = vector.map(() => 0);
  for (const [k, axis] of vectors.entries()) {
    const scale = Math.max(values[k]!, 1e-30) ** power * dot(axis, vector);
    for (const [i, entry] of axis.entries()) out[i]! += scale * entry;
  }
  return out;
}
