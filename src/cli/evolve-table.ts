import { join } from "node:path";
import type { Score } from "../evaluate/score.ts";
import type { EvolveOutcome, ModelScores } from "../search/evolve-outcome.ts";
import { type ScoreText, scoreText } from "../search/report/score-text.ts";
import { verdictOf } from "../search/report/verdict.ts";
import { formatDuration } from "./progress.ts";
import { formatTable } from "./text-table.ts";

const HEADING = ["", "model", "search", "95 % interval", "holdout", "95 % interval", "items"];

/** Formats a search's result for people: one table of all models on both splits, and what it means. */
export function describeOutcome(outcome: EvolveOutcome, out: string): string {
  const text = scoreText(outcome.tasks);
  const { headline, detail } = verdictOf(outcome, text);
  const tasks = outcome.tasks.map(({ name, metric }) => `${metric} of ${name}`).join(", ");
  const { evaluations, itemEvaluations, seconds, seed, best } = outcome;
  const rows = [
    ...outcome.parents.map((model) => row("parent", model, text)),
    ...outcome.plain.map((model) => row("plain merge", model, text)),
    row("evolved", { name: "child", search: best.search, holdout: best.holdout }, text),
  ];
  return [
    "",
    `${tasks}. The search saw only the search items.`,
    "",
    formatTable([HEADING, ...rows]),
    "",
    `${headline}.`,
    detail,
    ...(best.methods.length === 0 ? [] : [`Methods from the first layers to the last: ${best.methods.join(", ")}.`]),
    ...drawsText(outcome, text),
    `${evaluations} candidates (${itemEvaluations} item evaluations) in ${formatDuration(seconds)}, seed ${seed}.`,
    ...earlyEndText(outcome),
    ...alikeText(outcome, text),
    "",
    `recipe  ${join(out, "best", "recipe.yaml")}`,
    `model   ${join(out, "best", "model")}`,
    `report  ${join(out, "report.html")}`,
  ].join("\n");
}

/** Why a search ended that had budget left. */
function earlyEndText({ stoppedBy }: EvolveOutcome): string[] {
  const details = stoppedBy.flatMap(({ name, detail }) => (name === "budget" ? [] : [detail]));
  return details.length === 0 ? [] : [`The search ended before its budget was used up: ${details.join("; ")}.`];
}

/** A search whose candidates all score the same has learnt nothing from them. */
function alikeText({ candidates }: EvolveOutcome, text: ScoreText): string[] {
  const scored = new Map(candidates.flatMap(({ recipeText, score }) => (score ? [[recipeText, score.value]] : [])));
  const [value, ...others] = new Set(scored.values());
  if (value === undefined || others.length > 0 || scored.size < 2) return [];
  const hint = "look at answers with `eval --items`: the task may be too hard or too easy, or miss them";
  return [`All ${scored.size} candidates score ${text.value(value)}, so the search had nothing to go by; ${hint}.`];
}

/** The best of several draws is lucky; their mean is not. */
function drawsText({ draws }: EvolveOutcome, text: ScoreText): string[] {
  if (draws === undefined) return [];
  const { scored, failed, mean, deviation } = draws;
  const others = failed === 0 ? "" : `, ${failed} more failed`;
  return [
    `${scored} draws: ${text.value(mean)} in the mean, with a standard deviation of ${text.size(deviation)}${others}.`,
  ];
}

function row(role: string, model: Pick<ModelScores, "name" | "search" | "holdout">, text: ScoreText): string[] {
  const { name, search, holdout } = model;
  const cells = (score: Score | undefined): string[] =>
    score === undefined ? ["–", "–"] : [text.value(score.value), text.interval(score)];
  return [role, name, ...cells(search), ...cells(holdout), holdout === undefined ? "–" : String(holdout.n)];
}
