import * as Plot from "@observablehq/plot";
import { type GroupValues, layerRanges } from "../parameter-space.ts";
import type { Search, SearchRange } from "../search.ts";
import { drawChart } from "./draw.ts";
import type { Html } from "./html.ts";

/** Colours that people with any kind of colour blindness can tell apart (Okabe and Ito). */
const COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"];

/** One model's values of one parameter, with where its range begins and ends on the row's axis of 0 to 1. */
interface Row {
  readonly row: string;
  readonly colour: string;
  readonly range: SearchRange;
  readonly values: readonly number[];
  /** Where 0 lies. */
  readonly zero: number;
  readonly toShare: (value: number) => number;
}

/** Draws the best recipe's settings by layer: one row for each model and parameter, from the first layer to the last. */
export function weightsChart(search: Search, values: readonly GroupValues[], layers: number): Html {
  const groups = layerRanges(layers, search.space.layerGroups, "layer_groups");
  const rows = toRows(search, values);
  const bars = rows.flatMap(({ row, colour, zero, toShare, values: own }) =>
    groups.map(([start, end], group) => {
      const share = toShare(own[group]!);
      const text = labelOf(own[group]!, groups.length);
      return { row, colour, start, end, middle: (start + end) / 2, zero, share, top: Math.max(zero, share), text };
    }),
  );
  const ticks = groups.length <= 16 ? { ticks: [0, ...groups.map(([, end]) => end)] } : {};
  return drawChart(
    {
      height: 54 + rows.length * 74,
      marginLeft: 190,
      marginRight: 20,
      marginBottom: 40,
      x: { label: "layer", domain: [0, layers], ...ticks, tickFormat: "d" },
      y: { axis: null, domain: [0, 1.28] },
      fy: { domain: rows.map(({ row }) => row), label: null, padding: 0.12, axis: null },
      marks: [
        Plot.ruleY(rows, { fy: "row", y: 1, stroke: "var(--line)", strokeDasharray: "2 3" }),
        Plot.rect(bars, {
          fy: "row",
          x1: "start",
          x2: "end",
          y1: "zero",
          y2: "share",
          fill: "colour",
          insetLeft: 1,
          insetRight: 1,
        }),
        Plot.ruleY(rows, { fy: "row", y: "zero", stroke: "currentColor" }),
        Plot.text(bars, { fy: "row", x: "middle", y: "top", text: "text", dy: -9, fontWeight: 600 }),
        ...rowLabels(rows),
      ],
    },
    rows.map(({ row, values: own }) => `${row}: ${own.join(", ")}`).join(". "),
  );
}

function toRows(search: Search, values: readonly GroupValues[]): readonly Row[] {
  const owners = [...new Set(values.map(({ model }) => model))];
  return values.map(({ parameter, model, values: own }) => {
    const range = search.space.ranges.find((one) => one.parameter === parameter)!;
    const [low, high] = [Math.min(0, range.low), Math.max(0, range.high)];
    const toShare = (value: number): number => (value - low) / (high - low);
    return {
      row: model === undefined ? parameter : `${model} ${parameter}`,
      colour: COLOURS[owners.indexOf(model) % COLOURS.length]!,
      range,
      values: own,
      zero: toShare(0),
      toShare,
    };
  });
}

function rowLabels(rows: readonly Row[]): readonly Plot.Markish[] {
  const left = { fy: "row", frameAnchor: "left", dx: -14, textAnchor: "end" } as const;
  return [
    Plot.text(rows, { ...left, text: "row", fontWeight: 600, fill: "currentColor" }),
    Plot.text(rows, {
      ...left,
      dy: 16,
      text: ({ range }: Row) => `searched in ${range.low} to ${range.high}`,
      fontSize: 11,
      fill: "var(--muted)",
    }),
  ];
}

/** As many digits as fit above a bar; the recipe has them all. */
function labelOf(value: number, groups: number): string {
  if (groups > 24) return "";
  return groups > 11 ? value.toFixed(2) : String(value);
}
