import { join } from "node:path";
import type { Score } from "../evaluate/score.ts";
import type { EvolveOutcome, ModelScores } from "../search/evolve-outcome.ts";
import { formatDuration } from "./progress.ts";
import { formatTable } from "./text-table.ts";

/** Formats a search's result for people: one table of all models on both splits, and what it means. */
export function describeOutcome(outcome: EvolveOutcome, out: string): string {
  const { best, comparison } = outcome;
  const child: ModelScores = { name: "child", recipeText: "", failure: undefined, ...pick(best) };
  const rows = [
    ...outcome.parents.map((model) => row("parent", model)),
    ...outcome.plain.map((model) => row("plain merge", model)),
    row("evolved", child),
  ];
  const { task, metric } = { task: outcome.tasks.map(({ name }) => name).join(", "), metric: outcome.tasks[0]!.metric };
  const gain = comparison.difference;
  const points = `${signed(gain.value)} points (95 % interval ${signed(gain.low)} to ${signed(gain.high)})`;
  return [
    "",
    `${task}, ${metric} in percent, with 95 % intervals. The search saw only the search items.`,
    "",
    formatTable([["", "model", "search", "interval", "holdout", "interval", "items"], ...rows]),
    "",
    `The child beats the best parent, ${outcome.bestParent}, by ${points} on holdout; ${comparison.test}, p = ${pValue(comparison.pValue)}.`,
    `${outcome.evaluations} candidates (${outcome.itemEvaluations} item evaluations) in ${formatDuration(outcome.seconds)}, seed ${outcome.seed}.`,
    "",
    `recipe  ${join(out, "best", "recipe.yaml")}`,
    `model   ${join(out, "best", "model")}`,
    `report  ${join(out, "report.html")}`,
  ].join("\n");
}

function pick({ search, holdout }: EvolveOutcome["best"]): Pick<ModelScores, "search" | "holdout"> {
  return { search, holdout };
}

function row(role: string, { name, search, holdout }: ModelScores): string[] {
  const items = holdout === undefined ? "–" : String(holdout.n);
  return [role, name, value(search), interval(search), value(holdout), interval(holdout), items];
}

function value(score: Score | undefined): string {
  return score === undefined ? "–" : (100 * score.value).toFixed(1);
}

function interval(score: Score | undefined): string {
  return score === undefined ? "–" : `${(100 * score.low).toFixed(1)} – ${(100 * score.high).toFixed(1)}`;
}

function signed(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;
}

function pValue(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}
