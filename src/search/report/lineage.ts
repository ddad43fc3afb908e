import type { EvolveOutcome } from "../evolve-outcome.ts";
import type { Search } from "../search.ts";
import { CHART_WIDTH } from "./draw.ts";
import { type Html, html } from "./html.ts";
import type { ScoreText } from "./score-text.ts";

const BOX = { width: 230, height: 52, gap: 18 };

/** Draws where the child comes from: its parents on the left, the method between, the child on the right. */
export function lineage(search: Search, outcome: EvolveOutcome, text: ScoreText): Html {
  const parents = outcome.parents.map(({ name, holdout }) => ({
    name,
    score: holdout === undefined ? "" : text.value(holdout.value),
    isBase: name === search.baseModel?.name,
    weights: shareText(outcome, name),
  }));
  const height = parents.length * (BOX.height + BOX.gap) + BOX.gap;
  const middle = height / 2;
  const childX = CHART_WIDTH - BOX.width - 1;
  const joinX = 505;
  const edges = parents.map(({ isBase, weights }, i) => {
    const y = BOX.gap + i * (BOX.height + BOX.gap) + BOX.height / 2;
    const path = `M${BOX.width},${y} C${joinX - 130},${y} ${joinX - 130},${middle} ${joinX - 70},${middle}`;
    return html`<path d="${path}" class="edge${isBase ? " base" : ""}"/>
<text x="${BOX.width + 12}" y="${y > middle + 1 ? y + 17 : y - 7}" class="note">${isBase ? "base" : weights}</text>`;
  });
  const boxes = parents.map(({ name, score, isBase }, i) =>
    box({
      x: 1,
      y: BOX.gap + i * (BOX.height + BOX.gap),
      name,
      score: `holdout ${score}`,
      kind: isBase ? "base" : "parent",
    }),
  );
  const label = `The child is a ${search.mergeMethod} merge of ${parents.map(({ name }) => name).join(", ")}.`;
  return html`<svg viewBox="0 0 ${CHART_WIDTH} ${height}" width="${CHART_WIDTH}" height="${height}" role="img" aria-label="${label}" class="lineage">
${edges}
<path d="M${joinX + 70},${middle} L${childX - 7},${middle}" class="edge"/><path d="M${childX - 9},${middle - 5} l8,5 l-8,5 z" class="arrow"/>
<rect x="${joinX - 70}" y="${middle - 19}" width="140" height="38" rx="19" class="method"/>
<text x="${joinX}" y="${middle + 5}" text-anchor="middle">${search.mergeMethod}</text>
${boxes}
${box({ x: childX, y: middle - BOX.height / 2, name: "child", score: `holdout ${text.value(outcome.best.holdout.value)}`, kind: "child" })}
</svg>`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly score: string;
  readonly kind: "parent" | "base" | "child";
}

function box({ x, y, name, score, kind }: Box): Html {
  const shown = name.length > 26 ? `…${name.slice(-25)}` : name;
  return html`<g class="box ${kind}"><title>${name}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8"/>
<text x="${x + 14}" y="${y + 22}" class="name">${shown}</text><text x="${x + 14}" y="${y + 41}" class="note">${score}</text></g>`;
}

/** The mean of a model's values over the groups, for each of its parameters. */
function shareText({ best }: EvolveOutcome, model: string): string {
  return best.values
    .filter((one) => one.model === model)
    .map(
      ({ parameter, values }) =>
        `${parameter} ${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2)}`,
    )
    .join(", ")
    .slice(0, 32);
}
