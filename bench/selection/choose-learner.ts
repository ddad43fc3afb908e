import { meanOf } from "../../src/select/features/statistics.ts";
import { type Example, pairKey } from "../../src/select/learn/example.ts";
import { fitSelector, LEARNERS, predictScores } from "../../src/select/learn/selector.ts";

/** Of the pairs: what a learner is chosen on. */
const KEPT_BACK = 5;

/**
 * Chooses the learner with the least error on a fifth of the pairs, fitted on the others. `merganser select fit` leaves out
 * a tenth in turn, which chooses from the same list and takes ten times as long.
 */
export function chooseLearner(examples: readonly Example[]): string {
  const pairs = [...new Set(examples.map(({ pair }) => pairKey(pair)))];
  const back = new Set(pairs.filter((_, i) => i % KEPT_BACK === 0));
  const seen = examples.filter(({ pair }) => !back.has(pairKey(pair)));
  const unseen = examples.filter(({ pair }) => back.has(pairKey(pair)));
  const errors = Object.keys(LEARNERS).map((learner) => {
    const selector = fitSelector(learner, seen);
    const squares = unseen.map((example) => {
      const { score } = predictScores(selector, example).find(({ operator }) => operator === example.operator)!;
      return (score - example.score) ** 2;
    });
    return { learner, error: meanOf(squares) };
  });
  return errors.reduce((best, next) => (next.error < best.error ? next : best)).learner;
}
