import type { EvolveOutcome } from "../evolve-outcome.ts";
import { pValueText, type ScoreText } from "./score-text.ts";

/** The result in words. */
export interface Verdict {
  readonly headline: string;
  readonly detail: string;
}

/** Says whether the child is better than the best parent, and how sure that is. */
export function verdictOf(
  { best, parents, plain, bestParent, comparison, tasks }: EvolveOutcome,
  text: ScoreText,
): Verdict {
  const parent = parents.find(({ name }) => name === bestParent)!.holdout!;
  const { difference, pValue, test, firstHigher, secondHigher } = comparison;
  const { higherIsBetter } = tasks[0]!;
  const gain = (higherIsBetter ? 1 : -1) * (best.holdout.value - parent.value);
  const isSure = pValue < 0.05;
  const size = text.size(gain);
  const headline = !isSure
    ? `No clear difference between the child and its best parent, ${bestParent} (${text.difference(best.holdout.value - parent.value)})`
    : gain > 0
      ? `The child beats its best parent, ${bestParent}, by ${size}`
      : `The child is worse than its best parent, ${bestParent}, by ${size}`;
  const items = `${counted(best.holdout.n)} that the search never saw`;
  const only = `${counted(firstHigher)} went better with the child, ${secondHigher} with ${bestParent}`;
  const detail =
    `On ${items} it scores ${text.withInterval(best.holdout)}, ${bestParent} ${text.withInterval(parent)}. ` +
    `The paired difference is ${text.difference(difference.value)} [${text.interval(difference)}]; ${only} ` +
    `(${test}, ${pValueText(pValue)}).${plainSentence(plain, best.holdout.value, higherIsBetter, text)}`;
  return { headline, detail };
}

function counted(items: number): string {
  return items === 1 ? "1 item" : `${items} items`;
}

/** What plain merges reach belongs beside what the search reached. */
function plainSentence(plain: EvolveOutcome["plain"], child: number, higherIsBetter: boolean, text: ScoreText): string {
  const sign = higherIsBetter ? 1 : -1;
  const scored = plain.flatMap(({ name, holdout }) => (holdout === undefined ? [] : [{ name, value: holdout.value }]));
  const [best] = scored.toSorted((a, b) => sign * (b.value - a.value));
  if (best === undefined) return "";
  const beside = sign * (best.value - child) > 0 ? ", which is better than the child" : "";
  return ` The best plain merge, ${best.name}, scores ${text.value(best.value)}${beside}.`;
}
