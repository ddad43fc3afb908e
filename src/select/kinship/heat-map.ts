/** The matrix of a pool as a picture: a heat map whose rows are ordered by a dendrogram drawn beside it. */

import { leavesOf, type Tree } from "./cluster.ts";
import type { Metric } from "./similarity.ts";

/** What is drawn. */
export interface HeatMap {
  readonly models: readonly string[];
  /** Undefined: the models' mean. */
  readonly base: string | undefined;
  readonly metric: Metric;
  /** [n][n]; NaN is drawn as a hatched cell. */
  readonly matrix: readonly (readonly number[])[];
  readonly tree: Tree;
}

const CELL = 46;
const TREE_WIDTH = 130;
const CHARACTER = 7.2;
const TOP = 64;
const LEGEND = 64;
const MAX_LABEL = 28;
const INK = "#1d2733";
const FAINT = "#6b7785";

/** Draws a heat map. @returns one SVG document */
export function drawHeatMap(map: HeatMap): string {
  const { models, base, metric, tree } = map;
  const n = models.length;
  const order = leavesOf(tree);
  const labels = models.map(shorten);
  const labelWidth = 14 + CHARACTER * Math.max(...labels.map((label) => label.length));
  const left = TREE_WIDTH + labelWidth;
  const bottom = TOP + n * CELL + labelWidth * 0.72 + 10;
  const size = { width: Math.max(left + n * CELL + labelWidth * 0.5 + 20, 420), height: bottom + LEGEND };
  const title = `Kinship: ${NAMES[metric]} of the changes from ${base === undefined ? "the models' mean" : shorten(base)}`;
  const cells = order.flatMap((i, y) =>
    order.map((j, x) => drawCell(map, { i, j, x: left + x * CELL, y: TOP + y * CELL })),
  );
  const names = order.flatMap((m, k) => [
    text(left - 8, TOP + (k + 0.5) * CELL, labels[m]!, `text-anchor="end" dominant-baseline="central"`),
    `<g transform="translate(${left + (k + 0.5) * CELL - 4} ${TOP + n * CELL + 12}) rotate(40)">${text(0, 0, labels[m]!, `dominant-baseline="central"`)}</g>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(size.width)}" height="${round(size.height)}" viewBox="0 0 ${round(size.width)} ${round(size.height)}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>${escapeText(title)}</title>`,
    `<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f2f4f6"/><line x1="0" y1="0" x2="0" y2="6" stroke="#b7c0ca" stroke-width="2"/></pattern></defs>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(16, 26, title, `font-size="16" font-weight="600"`),
    text(16, 46, SUBTITLES[metric], `fill="${FAINT}"`),
    drawTree(tree, order),
    ...cells,
    ...names,
    drawLegend(map, left, bottom + 8),
    "</svg>",
    "",
  ].join("\n");
}

const NAMES: Readonly<Record<Metric, string>> = { cosine: "cosine", pearson: "Pearson's r", euclidean: "distance" };
const SUBTITLES: Readonly<Record<Metric, string>> = {
  cosine: "1 the same direction, 0 unrelated, −1 opposite; the tree joins similar models first",
  pearson: "1 the same pattern, 0 unrelated, −1 opposite; the tree joins similar models first",
  euclidean: "0 the same weights; the tree joins near models first",
};

interface Cell {
  readonly i: number;
  readonly j: number;
  readonly x: number;
  readonly y: number;
}

function drawCell({ models, matrix, metric }: HeatMap, { i, j, x, y }: Cell): string {
  const value = matrix[i]![j]!;
  const fill = Number.isNaN(value) ? "url(#hatch)" : colorOf(shareOf(value, metric, matrix));
  const ink = !Number.isNaN(value) && Math.abs(shareOf(value, metric, matrix)) > 0.6 ? "#ffffff" : INK;
  const label = Number.isNaN(value) ? "–" : formatValue(value);
  return [
    `<g><title>${escapeText(`${models[i]} and ${models[j]}: ${label}`)}</title>`,
    `<rect x="${round(x)}" y="${round(y)}" width="${CELL - 2}" height="${CELL - 2}" rx="3" fill="${fill}"/>`,
    text(
      x + CELL / 2 - 1,
      y + CELL / 2 - 1,
      label,
      `text-anchor="middle" dominant-baseline="central" font-size="12" fill="${ink}"`,
    ),
    "</g>",
  ].join("");
}

function formatValue(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value
    .toFixed(digits)
    .replace(/^-(0\.?0*)$/, "$1")
    .replace("-", "−");
}

/** From -1 to 1: what the colour shows. Distances are shown by their nearness, as a share of the largest. */
function shareOf(value: number, metric: Metric, matrix: HeatMap["matrix"]): number {
  if (metric !== "euclidean") return value;
  const largest = matrix.flat().reduce((max, d) => (d > max ? d : max), 0);
  return largest === 0 ? 1 : 1 - value / largest;
}

const WARM = [178, 58, 32] as const;
const COOL = [24, 78, 140] as const;
const WHITE = [244, 246, 248] as const;

/** White at 0, blue towards 1, red towards -1. */
function colorOf(share: number): string {
  const target = share >= 0 ? COOL : WARM;
  const depth = Math.min(1, Math.abs(share));
  const mix = WHITE.map((from, c) => Math.round(from + (target[c]! - from) * depth));
  return `rgb(${mix.join(",")})`;
}

function drawTree(tree: Tree, order: readonly number[]): string {
  if (typeof tree === "number") return "";
  const tallest = Math.max(heightOf(tree), Number.MIN_VALUE);
  const paths: string[] = [];
  const xOf = (height: number): number => 16 + (TREE_WIDTH - 26) * (1 - Math.max(0, height) / tallest);
  /** @returns where the tree's stem is. */
  const draw = (node: Tree): { readonly x: number; readonly y: number } => {
    if (typeof node === "number") return { x: xOf(0), y: TOP + (order.indexOf(node) + 0.5) * CELL - 1 };
    const [a, b] = [draw(node.left), draw(node.right)];
    const x = xOf(node.height);
    paths.push(`M${round(a.x)} ${round(a.y)}H${round(x)}V${round(b.y)}H${round(b.x)}`);
    return { x, y: (a.y + b.y) / 2 };
  };
  draw(tree);
  return `<path d="${paths.join("")}" fill="none" stroke="${FAINT}" stroke-width="1.5"/>`;
}

function heightOf(tree: Tree): number {
  return typeof tree === "number" ? 0 : Math.max(tree.height, heightOf(tree.left), heightOf(tree.right));
}

function drawLegend({ metric, matrix }: HeatMap, left: number, top: number): string {
  const steps = 40;
  const width = 200;
  const [low, high] = metric === "euclidean" ? [0, 1] : [-1, 1];
  const bars = Array.from({ length: steps }, (_, s) => {
    const share = low + ((high - low) * s) / (steps - 1);
    return `<rect x="${round(left + (s * width) / steps)}" y="${round(top)}" width="${round(width / steps + 0.5)}" height="12" fill="${colorOf(share)}"/>`;
  });
  const largest = matrix.flat().reduce((max, d) => (d > max ? d : max), 0);
  const ends = metric === "euclidean" ? [formatValue(largest), "0"] : ["−1", "1"];
  const style = `font-size="12" fill="${FAINT}"`;
  return [
    ...bars,
    text(left, top + 28, ends[0]!, style),
    ...(metric === "euclidean" ? [] : [text(left + width / 2, top + 28, "0", `${style} text-anchor="middle"`)]),
    text(left + width, top + 28, ends[1]!, `${style} text-anchor="end"`),
  ].join("");
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeText(content)}</text>`;
}

function shorten(name: string): string {
  const end = name.replace(/\/+$/, "").split("/").slice(-2).join("/");
  return end.length <= MAX_LABEL ? end : `…${end.slice(1 - MAX_LABEL)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
