import type { ChangeTotals, TensorChange } from "../select/statistics/compare-tensors.ts";
import type { ChangeGroup, ModelDiff } from "../select/statistics/diff-models.ts";
import { COMPONENTS } from "../select/tensor-group.ts";
import { formatTable } from "./text-table.ts";

/** What is shown of sums: lengths, shares and angles. */
export function figuresOf({ elements, changed, squares, origin, aa, bb, ab }: ChangeTotals, hasBase: boolean) {
  const common = {
    elements,
    norm: Math.sqrt(squares),
    relative: origin === 0 ? null : Math.sqrt(squares / origin),
    changed: elements === 0 ? 0 : changed / elements,
  };
  if (!hasBase) return common;
  const cosine = aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb);
  return { ...common, norm_a: Math.sqrt(aa), norm_b: Math.sqrt(bb), cosine };
}

/** Names of what was compared. */
export interface DiffNames {
  readonly a: string;
  readonly b: string;
  readonly base: string | undefined;
}

/** What `--json` prints. */
export function diffToJson({ a, b, base }: DiffNames, found: ModelDiff) {
  const hasBase = base !== undefined;
  return {
    a,
    b,
    base: base ?? null,
    all: figuresOf(found.all, hasBase),
    groups: found.groups.map(({ layer, component, totals }) => ({
      layer: layer ?? null,
      component,
      ...figuresOf(totals, hasBase),
    })),
    tensors: found.tensors.map((tensor) => ({ name: tensor.name, ...tensorFigures(tensor, hasBase) })),
    left_out: Object.fromEntries(found.leftOut),
  };
}

function tensorFigures(tensor: TensorChange, hasBase: boolean) {
  return { ...figuresOf(tensor, hasBase), largest: tensor.largest, effective_rank: tensor.rank ?? null };
}

/** The table for a terminal: groups, and the tensors that changed most. */
export function describeDiff({ a, b, base }: DiffNames, found: ModelDiff): string {
  const hasBase = base !== undefined;
  const angles = hasBase ? ["|a − base|", "|b − base|", "cosine"] : [];
  const heading = ["layer", "component", "|b − a|", "relative", "changed", ...angles];
  const row = (layer: string, component: string, totals: ChangeTotals): string[] => [
    layer,
    component,
    ...cellsOf(totals, hasBase),
  ];
  const groups = found.groups.map(({ layer, component, totals }) => row(`${layer ?? "–"}`, component, totals));
  const most = found.tensors.toSorted((one, other) => relativeOf(other) - relativeOf(one)).slice(0, 10);
  const tensors = most.map((tensor) => [
    tensor.name,
    ...cellsOf(tensor, false),
    tensor.largest.toPrecision(3),
    tensor.rank === undefined ? "–" : tensor.rank.toPrecision(3),
  ]);
  return [
    `${b} against ${a}${hasBase ? `, both from ${base}` : ""}`,
    "",
    formatTable([heading, ...groups, row("all", "", found.all)]),
    "",
    formatTable([["most changed", "|b − a|", "relative", "changed", "largest", "effective rank"], ...tensors]),
    ...[...found.leftOut].map(([name, why]) => `left out: ${name}: ${why}`),
  ].join("\n");
}

function relativeOf({ squares, origin }: ChangeTotals): number {
  if (squares === 0) return 0;
  return origin === 0 ? Number.POSITIVE_INFINITY : squares / origin;
}

function cellsOf(totals: ChangeTotals, hasBase: boolean): string[] {
  const figures = figuresOf(totals, hasBase);
  const cell = (value: number | null): string => (value === null ? "–" : value.toPrecision(3));
  const angles = "cosine" in figures ? [cell(figures.norm_a), cell(figures.norm_b), cell(figures.cosine)] : [];
  return [cell(figures.norm), cell(figures.relative), `${(100 * figures.changed).toFixed(1)} %`, ...angles];
}

const CELL = { width: 84, height: 22 };
const LEFT = 70;
const TOP = 64;
const INK = "#1d2733";

/** A heat map of relative changes: a row for each layer, a column for each component. @returns one SVG document */
export function drawDiff({ a, b }: DiffNames, { groups }: ModelDiff): string {
  const layers = [...new Set(groups.map(({ layer }) => layer))];
  const components = COMPONENTS.filter((name) => groups.some(({ component }) => component === name));
  const most = Math.sqrt(Math.max(...groups.map(({ totals }) => relativeOf(totals)).filter(Number.isFinite), 0));
  const size = { width: LEFT + components.length * CELL.width + 20, height: TOP + layers.length * CELL.height + 20 };
  const place = ({ layer, component }: ChangeGroup) => ({
    x: LEFT + components.indexOf(component) * CELL.width,
    y: TOP + layers.indexOf(layer) * CELL.height,
  });
  const title = `Relative change |b − a| / |a| from ${a} to ${b}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="600">${escapeText(title)}</text>`,
    ...components.map(
      (name, c) => `<text x="${LEFT + (c + 0.5) * CELL.width}" y="${TOP - 8}" text-anchor="middle">${name}</text>`,
    ),
    ...layers.map(
      (layer, r) => `<text x="${LEFT - 8}" y="${TOP + r * CELL.height + 15}" text-anchor="end">${layer ?? "–"}</text>`,
    ),
    ...groups.map((group) => drawCell(group, place(group), most)),
    "</svg>",
    "",
  ].join("\n");
}

function drawCell({ totals }: ChangeGroup, { x, y }: { x: number; y: number }, most: number): string {
  const share = most === 0 ? 0 : Math.min(1, Math.sqrt(relativeOf(totals)) / most);
  const mix = (low: number, high: number): number => Math.round(low + (high - low) * share);
  const color = `rgb(${mix(247, 8)},${mix(251, 69)},${mix(255, 148)})`;
  const value = Math.sqrt(relativeOf(totals));
  const label = Number.isFinite(value) ? value.toPrecision(2) : "∞";
  return (
    `<rect x="${x}" y="${y}" width="${CELL.width - 2}" height="${CELL.height - 2}" fill="${color}"/>` +
    `<text x="${x + CELL.width / 2}" y="${y + 14}" text-anchor="middle" fill="${share > 0.5 ? "#ffffff" : INK}">${label}</text>`
  );
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
