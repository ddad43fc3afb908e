import type { Space } from "./optimiser.ts";
import { optionPlace } from "./unit-box.ts";

/** Which variables a normal distribution draws and which a categorical one; plain JSON. */
export type SpaceSplit = {
  /** Indices of `real` and `whole` variables. */
  readonly numbers: readonly number[];
  /** Indices of `choice` variables. */
  readonly choices: readonly number[];
  /** [choices], options of each. */
  readonly options: readonly number[];
};

/** Sorts a space's variables by what draws them. */
export function splitSpace(space: Space): SpaceSplit {
  const indices = [...space.keys()];
  const choices = indices.filter((i) => space[i]!.kind === "choice");
  return {
    numbers: indices.filter((i) => space[i]!.kind !== "choice"),
    choices,
    options: choices.map((i) => space[i]!.high - space[i]!.low + 1),
  };
}

/** Puts numbers and options together to a point of the unit box, [N]. */
export function joinSplit(split: SpaceSplit, numbers: readonly number[], options: readonly number[]): number[] {
  const point = new Array<number>(split.numbers.length + split.choices.length).fill(0);
  for (const [k, i] of split.numbers.entries()) point[i] = numbers[k]!;
  for (const [k, i] of split.choices.entries()) point[i] = optionPlace(options[k]!, split.options[k]!);
  return point;
}

/**
 * The probabilities that choices begin with: even, but for a bit, whose start is its chance to be 1.
 *
 * @param margins - [choices], least probability of an option.
 */
export function startProbabilities(space: Space, split: SpaceSplit, margins: readonly number[]): number[][] {
  return split.choices.map((i, c) => {
    const K = split.options[c]!;
    const { low, start } = space[i]!;
    if (K !== 2) return new Array<number>(K).fill(1 / K);
    const one = Math.min(1 - margins[c]!, Math.max(margins[c]!, start - low));
    return [1 - one, one];
  });
}
