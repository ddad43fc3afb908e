import { Matrix, solve } from "ml-matrix";
import type { Regressor } from "./regressor.ts";

/** A linear model. */
interface RidgeState {
  readonly weights: readonly number[];
  readonly intercept: number;
}

/**
 * Ridge regression: w = (XᵀX + λnI)⁻¹ Xᵀ(y − mean(y)), in its dual form where examples are fewer than figures.
 *
 * @complexity O(n N min(n, N)) to fit.
 *
 * @param lambda - penalty for each example, > 0.
 */
export function ridge(lambda: number): Regressor<RidgeState> {
  return {
    name: `ridge(${lambda})`,
    fit(inputs, targets) {
      const n = inputs.length;
      const intercept = targets.reduce((sum, y) => sum + y, 0) / n;
      // Examples of one operator need not be centred where all of them together are.
      const centre = inputs[0]!.map((_, k) => inputs.reduce((sum, row) => sum + row[k]!, 0) / n);
      const X = new Matrix(inputs.map((row) => row.map((value, k) => value - centre[k]!)));
      const y = Matrix.columnVector(targets.map((value) => value - intercept));
      const weights = solveRidge(X, y, lambda * n).to1DArray();
      return { weights, intercept: intercept - weights.reduce((sum, weight, k) => sum + weight * centre[k]!, 0) };
    },
    predict: ({ weights, intercept }, input) => input.reduce((sum, value, k) => sum + value * weights[k]!, intercept),
  };
}

/** (XᵀX + pI)⁻¹ Xᵀy, or the same as Xᵀ(XXᵀ + pI)⁻¹ y, whichever is the smaller system. */
function solveRidge(X: Matrix, y: Matrix, penalty: number): Matrix {
  const Xt = X.transpose();
  const size = Math.min(X.rows, X.columns);
  const shrink = Matrix.eye(size).mul(penalty);
  if (X.rows <= X.columns) return Xt.mmul(solve(X.mmul(Xt).add(shrink), y));
  return solve(Xt.mmul(X).add(shrink), Xt.mmul(y));
}
