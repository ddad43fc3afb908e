import type { StopReason } from "../optim/optimiser.ts";
import type { Search } from "./search.ts";

/** What a candidate took from the budget; nothing where `evaluation` is undefined. */
export interface BudgetUse {
  readonly evaluation: number | undefined;
  readonly items: number;
}

/** What a budget is reckoned with. */
export interface BudgetParts {
  readonly search: Search;
  /** Items that a candidate meets at most. */
  readonly itemsPerCandidate: number;
  readonly elapsed: () => number;
}

/**
 * Which limit of the budget leaves no room for another candidate. Counts what was met again in this sitting, not what
 * the log has: a resumed run must stop where it would have stopped.
 */
export function spentBudget(
  { search, itemsPerCandidate, elapsed }: BudgetParts,
  candidates: readonly BudgetUse[],
): StopReason | undefined {
  const { evaluations, limits, finalists } = search;
  const name = "budget";
  if (countEvaluations(candidates) >= evaluations)
    return { name, detail: `all ${evaluations} evaluations of the budget are used up` };
  const most = limits.itemEvaluations;
  const kept = finalists === undefined ? 0 : finalists.candidates * finalists.items * search.tasks.length;
  const used = candidates.reduce((sum, { evaluation, items }) => sum + (evaluation === undefined ? 0 : items), 0);
  if (most !== undefined && used + itemsPerCandidate + kept > most)
    return {
      name,
      detail: `${used} of ${most} item evaluations are used up, and another candidate may take ${itemsPerCandidate}`,
    };
  if (limits.seconds !== undefined && elapsed() >= limits.seconds)
    return { name, detail: `the ${limits.seconds} seconds of the budget are over` };
  return undefined;
}

/** Evaluations that came from the budget. */
export function countEvaluations(candidates: readonly BudgetUse[]): number {
  return candidates.filter(({ evaluation }) => evaluation !== undefined).length;
}
