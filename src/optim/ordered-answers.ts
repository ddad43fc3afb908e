import { optimBugs } from "./errors.ts";
import type { Answer } from "./optimiser.ts";

/**
 * Returns the answers' values in the order of the questions, whatever order they came in.
 *
 * @param firstId - id of the first candidate asked; the others follow it.
 * @param count - candidates asked.
 * @throws optim/wrong_answers unless there is exactly one answer to each.
 */
export function orderedValues(answers: readonly Answer[], firstId: number, count: number): number[] {
  const sorted = answers.toSorted((a, b) => a.id - b.id);
  const fits = sorted.length === count && sorted.every(({ id }, i) => id === firstId + i);
  if (!fits) {
    const expected = Array.from({ length: count }, (_, i) => firstId + i);
    throw optimBugs.wrong_answers({ expected, got: sorted.map(({ id }) => id) });
  }
  return sorted.map(({ value }) => value);
}
