import type { WeighedChoices } from "./metric.ts";

/**
 * Returns 1 where the choice of the highest log-probability per unit of length is a right one, else 0.
 *
 * The first of equals wins. A choice without a number loses; NaN when no choice has one.
 *
 * @param length - of a choice, ≥ 0; an empty choice loses to every other.
 */
export function bestChoiceIsRight(answer: WeighedChoices, length: (choice: string) => number): number {
  const best = bestChoice(answer, length);
  if (best < 0) return Number.NaN;
  return answer.right.includes(best) ? 1 : 0;
}

/** Returns the index of that choice; -1 when no choice has a number. */
export function bestChoice(answer: WeighedChoices, length: (choice: string) => number): number {
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [i, choice] of answer.choices.entries()) {
    const value = answer.logprobs[i]! / length(choice);
    if (Number.isNaN(value)) continue;
    if (best < 0 || value > highest) [best, highest] = [i, value];
  }
  return best;
}
