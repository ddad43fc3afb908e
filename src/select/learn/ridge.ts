import { Matrix, solve } from "ml-matrix";
import type { Regressor } from "./regressor.ts";

/** A linear model. */
interface RidgeState {
  readonly weights: readonly number[];
  readonly intercept: number;
}

/**
 * Ridge regression: w = (XᵀX + λnI)⁻¹ Xᵀ(y − mean(y)), in its dual form, since examples are few.
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
      // w = Xᵀ(XXᵀ + λnI)⁻¹ y
      const K = X.mmul(X.transpose()).add(Matrix.eye(n).mul(lambda * n));
      const weights = X.transpose().mmul(solve(K, y)).to1DArray();
      return { weights, intercept: intercept - weights.reduce((sum, weight, k) => sum + weight * centre[k]!, 0) };
    },
    predict: ({ weights, intercept }, input) => input.reduce((sum, value, k) => sum + value * weights[k]!, intercept),
  };
}
