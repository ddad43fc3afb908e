/** Who descends from whom, as a picture: a column for each generation, a box for each model, lines to its parents. */

import type { BredModel } from "./breed.ts";

const [BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN, TOP] = [176, 46, 70, 14, 20, 64] as const;
const INK = "#1d2733";
const FAINT = "#6b7785";

const FILLS: Readonly<Record<BredModel["role"], string>> = {
  foundation: "#e8edf3",
  pair: "#dcebfa",
  exploration: "#fdebd3",
  archive: "#dcebfa",
};

/** Most generations that get a column of their own; later ones share the last. */
const MOST_COLUMNS = 12;

/** Draws the lineage of a pool. @returns one SVG document */
export function drawLineage(models: readonly BredModel[], best: string): string {
  const columns = new Map<number, BredModel[]>();
  const place = new Map<string, { readonly x: number; readonly y: number }>();
  for (const model of models) {
    const column = Math.min(model.generation, MOST_COLUMNS);
    const own = columns.get(column) ?? [];
    columns.set(column, [...own, model]);
    place.set(model.name, {
      x: MARGIN + column * (BOX_WIDTH + GAP_X),
      y: TOP + own.length * (BOX_HEIGHT + GAP_Y),
    });
  }
  const width = Math.max(420, 2 * MARGIN + (Math.max(...columns.keys()) + 1) * (BOX_WIDTH + GAP_X) - GAP_X);
  const height = TOP + Math.max(...[...columns.values()].map((own) => own.length)) * (BOX_HEIGHT + GAP_Y) + MARGIN;
  const lines = models.flatMap((model) =>
    model.parents.map((parent) => drawLine(place.get(parent)!, place.get(model.name)!)),
  );
  const boxes = models.map((model) => drawBox(model, place.get(model.name)!, model.name === best));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="28" font-size="16" font-weight="600">Lineage</text>`,
    `<text x="${MARGIN}" y="48" fill="${FAINT}">generation by generation, left to right; orange: exploration merges; the best has a frame</text>`,
    ...lines,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}

type Point = { readonly x: number; readonly y: number };

function drawLine(from: Point, to: Point): string {
  const [x1, y1] = [from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + BOX_HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `<path d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" fill="none" stroke="#b7c0ca" stroke-width="1.2"/>`;
}

function drawBox({ name, role, score, gain, kinship }: BredModel, { x, y }: Point, isBest: boolean): string {
  const facts = [
    score === undefined ? "failed" : score.toFixed(3),
    ...(Number.isNaN(gain) ? [] : [`${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(3)}`]),
    ...(Number.isNaN(kinship) ? [] : [`κ ${kinship.toFixed(2).replace("-", "−")}`]),
  ];
  const label = name.length > 20 ? `…${name.slice(-19)}` : name;
  return [
    `<rect x="${x}" y="${y}" width="${BOX_WIDTH}" height="${BOX_HEIGHT}" rx="6" fill="${FILLS[role]}" stroke="${isBest ? INK : "none"}" stroke-width="2"/>`,
    `<text x="${x + 10}" y="${y + 19}" font-weight="600">${escapeText(label)}</text>`,
    `<text x="${x + 10}" y="${y + 36}" fill="${FAINT}">${facts.join("  ")}</text>`,
  ].join("");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
