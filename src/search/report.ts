/** The report of a run: one HTML file that needs nothing else, for reading, printing and sending on. */

import type { EvolveOutcome } from "./evolve-outcome.ts";
import { holdoutChart } from "./report/holdout-chart.ts";
import { type Html, html, rawHtml } from "./report/html.ts";
import { lineage } from "./report/lineage.ts";
import { scoreText } from "./report/score-text.ts";
import { searchCurve } from "./report/search-curve.ts";
import { STYLE } from "./report/style.ts";
import { scoreTable, settingsList } from "./report/tables.ts";
import { verdictOf } from "./report/verdict.ts";
import { weightsChart } from "./report/weights-chart.ts";
import type { Search } from "./search.ts";

/** What a report is about. */
export interface ReportData {
  readonly search: Search;
  readonly outcome: EvolveOutcome;
  /** Layers of the models. */
  readonly layers: number;
  /** Of merganser. */
  readonly version: string;
  /** Shares of what candidates asked for that were there from others, in words. @default not told */
  readonly shared?: string | undefined;
}

/** Writes the report. The same data give the same text. */
export function renderReport({ search, outcome, layers, version, shared }: ReportData): string {
  const text = scoreText(outcome.tasks);
  const { headline, detail } = verdictOf(outcome, text);
  const tasks = outcome.tasks.map(({ name }) => name).join(", ");
  const parent = outcome.parents.find(({ name }) => name === outcome.bestParent)!;
  const { best } = outcome;
  const section = (title: string, intro: string, content: Html): Html =>
    html`<section><h2>${title}</h2><p class="muted">${intro}</p>${content}</section>
`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline} · merganser</title>
<style>${rawHtml(STYLE)}</style>
</head>
<body>
<main>
<header>
<p class="kicker">merganser evolve · ${search.mergeMethod} of ${search.models.map(({ name }) => name).join(" + ")} · ${tasks}</p>
<h1>${headline}</h1>
<p class="lede">${detail}</p>
<div class="figures">
<div class="figure"><b class="child">${text.value(best.holdout.value)}</b><span>child, holdout (${text.interval(best.holdout)})</span></div>
<div class="figure"><b class="parent">${text.value(parent.holdout!.value)}</b><span>${parent.name}, holdout (${text.interval(parent.holdout!)})</span></div>
<div class="figure"><b>${text.value(best.search.value)}</b><span>child, search items</span></div>
<div class="figure"><b>${outcome.evaluations}</b><span>evaluations</span></div>
</div>
</header>
${section(
  "On items that the search never saw",
  "Dot and line: holdout score with its 95 % interval. Diamond: score on the search items. A diamond far to the right of its dot is a score that was too good to be true.",
  html`<figure>${holdoutChart(outcome, text)}</figure>`,
)}
${section(
  "The search",
  "Every dot is a candidate on the search items; the line is the best so far. Dashed: the best parent and the best plain merge on the same items.",
  html`<figure>${searchCurve(outcome, text)}</figure>`,
)}
${
  best.values.length === 0
    ? html``
    : section(
        "What the child is made of",
        "The best recipe's settings from the first layer to the last. Embeddings use the first group's settings, the final norm and the head those of the last group.",
        html`<figure>${weightsChart(search, best.values, layers)}</figure>`,
      )
}
${section("Where it comes from", "Numbers beside the arrows are means over the layers.", html`<figure>${lineage(search, outcome, text)}</figure>`)}
${section(
  "All numbers",
  "The child was chosen by its search score, so that score flatters it; the holdout score does not.",
  scoreTable(outcome, text),
)}
${section("The recipe", "An ordinary mergekit configuration: merganser merge and mergekit-yaml both run it.", html`<pre><code>${best.recipeText}</code></pre>`)}
${section("Settings and cost", "Resuming or repeating the run with these settings gives the same recipe.", settingsList({ search, outcome, shared }, text))}
<footer>Intervals of shares are Wilson's, others are bootstrapped; the difference has a paired bootstrap interval. Written by merganser ${version}.</footer>
</main>
</body>
</html>
`;
  return page.text;
}
