import * as Plot from "@observablehq/plot";
import type { EvolveOutcome, ModelScores } from "../evolve-outcome.ts";
import { drawChart } from "./draw.ts";
import type { Html } from "./html.ts";
import type { ScoreText } from "./score-text.ts";

/** Draws parents, plain merges and the child on the holdout items with intervals, and their search scores beside. */
export function holdoutChart(outcome: EvolveOutcome, text: ScoreText): Html {
  const { child, others } = rankModels(outcome);
  const rows = [child, ...others].map(({ name, role, search, holdout }) => ({
    name: shorten(name),
    colour: role === "child" ? "var(--child)" : role === "parent" ? "var(--parent)" : "var(--plain)",
    search: search.value * text.scale,
    value: holdout.value * text.scale,
    low: holdout.low * text.scale,
    high: holdout.high * text.scale,
    note: `${name}: ${text.withInterval(holdout)} on ${holdout.n} holdout items, ${text.withInterval(search)} on ${search.n} search items`,
  }));
  const most = Math.max(...rows.map(({ high, search }) => Math.max(high, search)));
  const least = Math.min(0, ...rows.map(({ low }) => low));
  return drawChart(
    {
      height: 70 + rows.length * 34,
      marginLeft: 190,
      marginRight: 90,
      marginBottom: 42,
      x: { label: text.axis, domain: [least, most], nice: true, grid: true },
      y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0 },
      marks: [
        Plot.ruleY(rows, {
          y: "name",
          x1: "low",
          x2: "high",
          stroke: "colour",
          strokeWidth: 3,
          strokeLinecap: "round",
        }),
        Plot.dot(rows, { y: "name", x: "value", r: 6, fill: "colour", stroke: "var(--page)", title: "note" }),
        Plot.dot(rows, {
          y: "name",
          x: "search",
          r: 5,
          symbol: "diamond",
          stroke: "colour",
          strokeWidth: 1.5,
          title: "note",
        }),
        Plot.text(rows, {
          y: "name",
          frameAnchor: "right",
          text: ({ value }: { readonly value: number }) => text.value(value / text.scale),
          textAnchor: "end",
          dx: 66,
          fontWeight: 600,
          fill: "colour",
        }),
      ],
    },
    rows.map(({ note }) => note).join(". "),
  );
}

/** A model of the chart or the table. */
export interface RankedModel {
  readonly name: string;
  readonly role: "parent" | "plain" | "child";
  readonly search: NonNullable<ModelScores["search"]>;
  readonly holdout: NonNullable<ModelScores["holdout"]>;
}

/** Returns the child, and all other models that have scores from best to worst on holdout. */
export function rankModels({ parents, plain, best, tasks }: EvolveOutcome): {
  readonly child: RankedModel;
  readonly others: readonly RankedModel[];
} {
  const sign = tasks[0]!.higherIsBetter ? 1 : -1;
  const ranked = (models: readonly ModelScores[], role: "parent" | "plain"): readonly RankedModel[] =>
    models.flatMap(({ name, search, holdout }) =>
      search === undefined || holdout === undefined ? [] : [{ name, role, search, holdout }],
    );
  const others = [...ranked(parents, "parent"), ...ranked(plain, "plain")];
  return {
    child: { name: "child", role: "child", search: best.search, holdout: best.holdout },
    others: others.toSorted((a, b) => sign * (b.holdout.value - a.holdout.value)),
  };
}

function shorten(name: string): string {
  return name.length > 26 ? `…${name.slice(-25)}` : name;
}
