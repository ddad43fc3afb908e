import type { DrawScores } from "../draws.ts";
import type { EvolveOutcome } from "../evolve-outcome.ts";
import type { Search, SearchRange } from "../search.ts";
import { formatSeconds } from "./format-seconds.ts";
import { rankModels } from "./holdout-chart.ts";
import { type Html, html } from "./html.ts";
import type { ScoreText } from "./score-text.ts";

/** Writes every model's search and holdout scores side by side, so that the optimism of the search is visible. */
export function scoreTable(outcome: EvolveOutcome, text: ScoreText): Html {
  const { child, others } = rankModels(outcome);
  const failed = [...outcome.plain, ...outcome.parents].filter(({ failure }) => failure !== undefined);
  const row = ({ name, role, search, holdout }: (typeof others)[number]): Html => html`<tr class="${role}">
<th scope="row">${name}</th><td>${text.value(holdout.value)}</td><td>${text.interval(holdout)}</td><td>${holdout.n}</td>
<td>${text.value(search.value)}</td><td>${text.interval(search)}</td><td>${search.n}</td>
<td>${text.difference(search.value - holdout.value)}</td></tr>
`;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">model</th><th scope="col">holdout</th><th scope="col">95 % interval</th><th scope="col">items</th>
<th scope="col">search</th><th scope="col">95 % interval</th><th scope="col">items</th><th scope="col">search − holdout</th></tr></thead>
<tbody>
${[child, ...others].map(row)}${failed.map(
  ({
    name,
    failure,
  }) => html`<tr><th scope="row">${name}</th><td class="reason" colspan="7">failed: ${failure}</td></tr>
`,
)}</tbody></table></div>`;
}

/** What there is to say of a search besides its scores. */
export interface SearchCost {
  readonly search: Search;
  readonly outcome: EvolveOutcome;
  /** What candidates had from others, in words; undefined where nothing is known of it. */
  readonly shared: string | undefined;
}

/** Lists what was searched, how, and what it cost. */
export function settingsList({ search, outcome, shared }: SearchCost, text: ScoreText): Html {
  const optimiser = [
    search.optimiser.name,
    ...Object.entries(search.optimiser.settings).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
  ];
  const fixed = Object.entries(search.parameters).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const { methods } = outcome.best;
  const variables = outcome.candidates[0]!.values.length;
  const repeats = outcome.candidates.filter(({ evaluation }) => evaluation === undefined).length;
  const entries: readonly (readonly [string, string])[] = [
    ["method", [search.mergeMethod, search.dtype, ...fixed].filter((part) => part !== undefined).join(", ")],
    ["models", search.models.map(({ name }) => name).join(", ")],
    ["base", search.baseModel?.name ?? "none"],
    ["searched", searchedText(search)],
    ...(methods.length === 0 ? [] : [["chosen, by layer group", methods.join(", ")] as const]),
    ["layer groups", `${search.space.layerGroups}, so ${variables} variables`],
    ["optimiser", optimiser.join(", ")],
    ["tasks", outcome.tasks.map(({ name, metric }) => `${name} (${metric})`).join(", ")],
    ["seed", String(outcome.seed)],
    ["budget", `${outcome.evaluations} of ${search.evaluations} evaluations, ${outcome.itemEvaluations} items scored`],
    ["failed, repeated", `${outcome.failedEvaluations} failed, ${repeats} repeats that cost nothing`],
    ...(outcome.draws === undefined ? [] : [["draws", drawsText(outcome.draws, text)] as const]),
    ...(shared === undefined ? [] : [["shared between candidates", shared] as const]),
    ["stopped by", outcome.stoppedBy.map(({ detail }) => detail).join("; ")],
    ["time", formatSeconds(outcome.seconds)],
  ];
  return html`<dl>${entries.map(
    ([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>
`,
  )}</dl>`;
}

function searchedText({ space: { ranges, methods, order } }: Search): string {
  if (order !== undefined) return `orders of layers (${order.kind})`;
  if (methods === undefined) return rangesText(ranges);
  return `methods: ${methods.map((one) => [one.mergeMethod, rangesText(one.ranges)].filter(Boolean).join(" with ")).join("; or ")}`;
}

function rangesText(ranges: readonly SearchRange[]): string {
  return ranges
    .map(({ parameter, low, high, start, kind, beta }) => {
      if (beta !== undefined) return `${parameter} shared by Beta(${beta}, ${beta})`;
      return kind === "flag" ? `${parameter} true or false` : `${parameter} in ${low} to ${high} from ${start}`;
    })
    .join("; ");
}

function drawsText({ scored, mean, deviation }: DrawScores, text: ScoreText): string {
  return `${scored}, ${text.value(mean)} in the mean, standard deviation ${text.size(deviation)}`;
}
