import type { StopReason } from "../optim/optimiser.ts";
import type { Search } from "./search.ts";

/** What a candidate took from the budget; evaluations without a number took nothing, but for items that were new. */
export interface BudgetUse {
  readonly recipeText: string;
  readonly evaluation: number | undefined;
  readonly items: number;
}

/** What a search leaves for its final choice. */
export interface KeptBudget {
  readonly evaluations: number;
  readonly items: number;
}

/** What a budget is reckoned with. */
export interface BudgetParts {
  readonly search: Search;
  /** Items that a candidate meets at most. */
  readonly itemsPerCandidate: number;
  /** @default nothing */
  readonly kept?: KeptBudget;
  readonly elapsed: () => number;
}

/**
 * Which limit of the budget leaves no room for another candidate. Counts what was met again in this sitting, not what
 * the log has: a resumed run must stop where it would have stopped.
 */
export function spentBudget(parts: BudgetParts, candidates: readonly BudgetUse[]): StopReason | undefined {
  const { search, itemsPerCandidate, kept, elapsed } = parts;
  const { evaluations, limits } = search;
  const name = "budget";
  const keptEvaluations = kept?.evaluations ?? 0;
  if (countEvaluations(candidates) + keptEvaluations >= evaluations)
    return { name, detail: spentText(evaluations, keptEvaluations) };
  const most = limits.itemEvaluations;
  const used = countItems(candidates);
  if (most !== undefined && used + itemsPerCandidate + (kept?.items ?? 0) > most)
    return {
      name,
      detail: `${used} of ${most} item evaluations are used up, and another candidate may take ${itemsPerCandidate}`,
    };
  if (limits.seconds !== undefined && elapsed() >= limits.seconds)
    return { name, detail: `the ${limits.seconds} seconds of the budget are over` };
  return undefined;
}

function spentText(evaluations: number, kept: number): string {
  if (kept === 0) return `all ${evaluations} evaluations of the budget are used up`;
  return `${evaluations - kept} of ${evaluations} evaluations are used up, and ${kept} is for the final choice`;
}

/** Whether a recipe that is asked for again may meet all the items that it has not met: in a later race it may go further. */
export function hasItemsFor(parts: BudgetParts, candidates: readonly BudgetUse[], recipeText: string): boolean {
  const { search, itemsPerCandidate, kept } = parts;
  const most = search.limits.itemEvaluations;
  const all = { recipeText, evaluation: 1, items: itemsPerCandidate };
  return most === undefined || countItems([...candidates, all]) + (kept?.items ?? 0) <= most;
}

/** Evaluations that came from the budget. */
export function countEvaluations(candidates: readonly BudgetUse[]): number {
  return candidates.filter(({ evaluation }) => evaluation !== undefined).length;
}

/** Items that came from the budget: a recipe that is asked for again meets only what it has not met. */
export function countItems(candidates: readonly BudgetUse[]): number {
  const paid = new Set(candidates.flatMap((use) => (use.evaluation === undefined ? [] : [use.recipeText])));
  const met = new Map<string, number>();
  for (const { recipeText, items } of candidates)
    if (paid.has(recipeText)) met.set(recipeText, Math.max(items, met.get(recipeText) ?? 0));
  return [...met.values()].reduce((sum, items) => sum + items, 0);
}
