import { clusterByDistance, type Tree } from "../select/kinship/cluster.ts";
import { drawHeatMap } from "../select/kinship/heat-map.ts";
import { type Kinship, kinshipMatrix, type PairTable } from "../select/kinship/kinship.ts";
import { type Metric, signAgreement } from "../select/kinship/similarity.ts";
import { baseCosine, judgeKinship } from "../select/kinship/verdicts.ts";
import { formatTable } from "./text-table.ts";

/** Which matrix is shown, and how. */
export interface KinshipView {
  readonly metric: Metric;
  /** Whether signs are dropped, as the paper's code does. */
  readonly absolute: boolean;
  /** Of the whole models, where each tensor is compared by itself; undefined: all tensors as one vector. */
  readonly split?: Matrix | undefined;
}

type Matrix = readonly (readonly number[])[];

function matrixOf({ metric, absolute }: KinshipView, table: PairTable): Matrix {
  const matrix = kinshipMatrix(metric, table);
  return absolute ? matrix.map((row) => row.map(Math.abs)) : matrix;
}

/** The matrix that is shown. */
function shownMatrix(view: KinshipView, all: PairTable): Matrix {
  const matrix = view.split ?? kinshipMatrix(view.metric, all);
  return view.absolute ? matrix.map((row) => row.map(Math.abs)) : matrix;
}

function treeOf(metric: Metric, matrix: Matrix): Tree {
  return clusterByDistance(metric === "euclidean" ? matrix : matrix.map((row) => row.map((value) => 1 - value)));
}

/** Numbers that JSON has no text for become null. */
function toJsonMatrix(matrix: Matrix): (number | null)[][] {
  return matrix.map((row) => row.map((value) => (Number.isFinite(value) ? value : null)));
}

/** What `--json` prints. */
export function kinshipToJson(found: Kinship, view: KinshipView, seconds: number) {
  const { models, base, all, layers, parts, leftOut, notFinite, elements } = found;
  const matrix = shownMatrix(view, all);
  const own = models.map((_, m) => all[m]![m]!);
  const verdicts = judgeKinship(found);
  const whole = (metric: Metric) => toJsonMatrix(matrixOf({ ...view, metric }, all));
  const json = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    models,
    base: base ?? null,
    metric: view.metric,
    split: view.split !== undefined,
    matrix: toJsonMatrix(matrix),
    cosine: whole("cosine"),
    pearson: whole("pearson"),
    euclidean: whole("euclidean"),
    sign_agreement: toJsonMatrix(all.map((row, i) => row.map((totals, j) => (i === j ? 1 : signAgreement(totals))))),
    mean: json(meanOfPairs(matrix)),
    norms: own.map(({ aa }) => json(Math.sqrt(aa))),
    relative_change: own.map(({ aa, base: theta }) => json(Math.sqrt(aa / theta))),
    cosine_with_base: own.map((totals) => json(baseCosine(totals))),
    elements_shared: all.map((row) => row.map((totals) => totals.elements)),
    layers: Object.fromEntries([...layers].map(([layer, table]) => [layer, toJsonMatrix(matrixOf(view, table))])),
    parts: Object.fromEntries([...parts].map(([part, table]) => [part, toJsonMatrix(matrixOf(view, table))])),
    tree: treeOf(view.metric, matrix),
    near_duplicates: verdicts.nearDuplicates,
    unrelated: verdicts.unrelated,
    not_descendants: verdicts.notDescendants,
    same_as_base: verdicts.sameAsBase,
    left_out: leftOut,
    not_finite: notFinite,
    elements_read: elements,
    seconds,
  };
}

/** Kinship of more than two models: the mean over pairs. */
function meanOfPairs(matrix: Matrix): number {
  const values = matrix.flatMap((row, i) => row.slice(i + 1));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What people read: the matrix, and what it says. */
export function describeKinship(found: Kinship, view: KinshipView): string {
  const { models, base, all } = found;
  const matrix = shownMatrix(view, all);
  const own = models.map((_, m) => all[m]![m]!);
  const heading = ["#", "model", ...models.map((_, m) => String(m + 1)), "change", "of weights"];
  const rows = models.map((model, m) => [
    String(m + 1),
    model,
    ...matrix[m]!.map(formatCell),
    formatCell(Math.sqrt(own[m]!.aa)),
    formatShare(Math.sqrt(own[m]!.aa / own[m]!.base)),
  ]);
  const against = base === undefined ? "the models' mean" : base;
  const notes = [...(view.split ? ["tensor by tensor"] : []), ...(view.absolute ? ["without sign"] : [])];
  const title = [`${view.metric} of the changes from ${against}`, ...notes].join(", ");
  return [title, "", formatTable([heading, ...rows]), "", ...remarksOn(found)].join("\n").trimEnd();
}

function remarksOn(found: Kinship): string[] {
  const { nearDuplicates, unrelated, notDescendants, sameAsBase } = judgeKinship(found);
  const { models, base, notFinite, leftOut } = found;
  const pairs = (list: readonly (readonly [string, string])[]): string =>
    list.map(([a, b]) => `${a} – ${b}`).join(", ");
  const remarks: [boolean, string][] = [
    [nearDuplicates.length > 0, `near-duplicates (merging them gains nothing): ${pairs(nearDuplicates)}`],
    [unrelated.length > 0 && unrelated.length <= 10, `unrelated: ${pairs(unrelated)}`],
    [unrelated.length > 10, `unrelated: ${unrelated.length} pairs, see --json`],
    [notDescendants.length > 0, `not trained from ${base}: ${notDescendants.join(", ")}`],
    [sameAsBase.length > 0, `the same weights as ${base}: ${sameAsBase.join(", ")}`],
    [base === undefined && models.length === 1, "a single model is its own mean: give --base to learn how it changed"],
    [
      base === undefined && models.length === 2,
      "two models lie opposite to each other around their mean: give --base to learn more",
    ],
    [
      leftOut.length > 0,
      `tensors that are not in all models with one shape: ${leftOut.length}; they are left out of some pairs (--json lists them)`,
    ],
  ];
  const broken = notFinite.map(
    ({ model, tensors }) => `${model}: infinities or NaN in ${tensors[0]}${more(tensors.length - 1)}; left out`,
  );
  return [...remarks.filter(([holds]) => holds).map(([, text]) => text), ...broken];
}

function more(count: number): string {
  return count === 0 ? "" : ` and ${count} more`;
}

function formatCell(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) < 10 ? value.toFixed(3) : value.toFixed(1);
}

function formatShare(value: number): string {
  return Number.isFinite(value) ? `${(value * 100).toFixed(1)} %` : "–";
}

/** Draws the heat map. */
export function drawKinship({ models, base, all }: Kinship, view: KinshipView): string {
  const matrix = shownMatrix(view, all);
  return drawHeatMap({ models, base, metric: view.metric, matrix, tree: treeOf(view.metric, matrix) });
}
