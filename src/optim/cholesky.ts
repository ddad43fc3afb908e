/** A lower triangle, row by row: entry (i, j) at i·n + j, zero above the diagonal. */
export interface LowerTriangle {
  readonly n: number;
  readonly entries: Float64Array;
}

/**
 * Takes a symmetric positive definite matrix apart: A = LLᵀ.
 *
 * @param matrix - [n·n], row by row; only the lower triangle is read. Pivots below 1e-12 count as that.
 * @complexity O(n³/6).
 */
export function cholesky(matrix: Float64Array, n: number): LowerTriangle {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let total = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) total -= L[i * n + k]! * L[j * n + k]!;
      L[i * n + j] = i === j ? Math.sqrt(Math.max(total, 1e-12)) : total / L[j * n + j]!;
    }
  return { n, entries: L };
}

/** Solves L x = b. */
export function solveLower({ n, entries: L }: LowerTriangle, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    let total = x[i]!;
    for (let k = 0; k < i; k++) total -= L[i * n + k]! * x[k]!;
    x[i] = total / L[i * n + i]!;
  }
  return x;
}

/** Solves Lᵀ x = b. */
export function solveUpper({ n, entries: L }: LowerTriangle, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = n - 1; i >= 0; i--) {
    x[i]! /= L[i * n + i]!;
    const value = x[i]!;
    for (let k = 0; k < i; k++) x[k]! -= L[i * n + k]! * value;
  }
  return x;
}

/** Returns the diagonal of A⁻¹ = L⁻ᵀL⁻¹. */
export function inverseDiagonal({ n, entries: L }: LowerTriangle): Float64Array {
  const diagonal = new Float64Array(n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column.fill(0, j);
    for (let i = j; i < n; i++) {
      let total = i === j ? 1 : 0;
      for (let k = j; k < i; k++) total -= L[i * n + k]! * column[k]!;
      column[i] = total / L[i * n + i]!;
      diagonal[j]! += column[i]! ** 2;
    }
  }
  return diagonal;
}
