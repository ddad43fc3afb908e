/** Something that learns a number from a vector. Its state is JSON. */
export interface Regressor<State> {
  /** With its settings, as reports name it. */
  readonly name: string;
  /** @param inputs - [n][N], n ≥ 1, on one scale. @param targets - [n] */
  fit(inputs: readonly (readonly number[])[], targets: readonly number[]): State;
  predict(state: State, input: readonly number[]): number;
}
