import * as Plot from "@observablehq/plot";
import type { EvolveOutcome } from "../evolve-outcome.ts";
import { drawChart } from "./draw.ts";
import type { Html } from "./html.ts";
import type { ScoreText } from "./score-text.ts";

interface Point {
  readonly evaluation: number;
  readonly score: number;
  readonly note: string;
}

/** Draws every candidate's search score in the order of evaluation, the best so far, and the models to beat. */
export function searchCurve(outcome: EvolveOutcome, text: ScoreText): Html {
  const { higherIsBetter } = outcome.tasks[0]!;
  const counted = outcome.candidates.filter(({ evaluation }) => evaluation !== undefined);
  const points = counted.flatMap(({ evaluation, generation, score }): readonly Point[] =>
    score === undefined
      ? []
      : [
          {
            evaluation: evaluation!,
            score: score.value * text.scale,
            note: `evaluation ${evaluation}, generation ${generation}: ${text.withInterval(score)}`,
          },
        ],
  );
  const failed = counted.flatMap(({ evaluation, failure }) => (failure === undefined ? [] : [{ evaluation, failure }]));
  const steps = bestSoFar(points, higherIsBetter, outcome.evaluations);
  const lines = linesToBeat(outcome, text);
  const bestLabel = steps.slice(-1).map(({ score }) => {
    const shown = `best so far ${text.value(score / text.scale)}`;
    return { score, label: shown, colour: "var(--child)" };
  });
  const values = [...points, ...lines].map(({ score }) => score);
  const floor = Math.min(0, ...values);
  return drawChart(
    {
      height: 344,
      marginTop: 36,
      marginLeft: 48,
      marginRight: 150,
      marginBottom: 42,
      x: { label: "evaluation", domain: [0, outcome.evaluations], tickFormat: "d", nice: false },
      y: { label: `search ${text.axis}`, grid: true, domain: [floor, Math.max(...values)], nice: true },
      marks: [
        Plot.ruleY(lines, { y: "score", stroke: "var(--muted)", strokeDasharray: "5 4" }),
        Plot.text(spread([...lines, ...bestLabel], values), {
          x: outcome.evaluations,
          y: "at",
          text: "label",
          textAnchor: "start",
          dx: 8,
          fill: "colour",
        }),
        Plot.dot(points, { x: "evaluation", y: "score", r: 3, fill: "var(--point)", fillOpacity: 0.55, title: "note" }),
        Plot.dot(failed, { x: "evaluation", y: floor, symbol: "times", r: 4, stroke: "var(--bad)", title: "failure" }),
        Plot.line(steps, {
          x: "evaluation",
          y: "score",
          stroke: "var(--child)",
          strokeWidth: 2.5,
          curve: "step-after",
        }),
      ],
    },
    `Search scores of ${counted.length} candidates; the best rises from ${label(steps[0], text)} to ${label(steps.at(-1), text)}.`,
  );
}

function label(point: { readonly score: number } | undefined, text: ScoreText): string {
  return point === undefined ? "nothing" : text.value(point.score / text.scale);
}

function bestSoFar(
  points: readonly Point[],
  higherIsBetter: boolean,
  end: number,
): readonly Pick<Point, "evaluation" | "score">[] {
  const steps: Pick<Point, "evaluation" | "score">[] = [];
  for (const { evaluation, score } of points) {
    const before = steps.at(-1)?.score;
    if (before === undefined || (higherIsBetter ? score > before : score < before)) steps.push({ evaluation, score });
  }
  const last = steps.at(-1);
  return last === undefined ? [] : [...steps, { ...last, evaluation: end }];
}

interface Line {
  readonly score: number;
  readonly label: string;
  readonly colour: string;
}

/** The best parent and the best plain merge on the search items. */
function linesToBeat({ parents, plain, tasks }: EvolveOutcome, text: ScoreText): readonly Line[] {
  const sign = tasks[0]!.higherIsBetter ? 1 : -1;
  return [parents, plain].flatMap((models) => {
    const scored = models.flatMap(({ name, search }) => (search === undefined ? [] : [{ name, value: search.value }]));
    const [best] = scored.toSorted((a, b) => sign * (b.value - a.value));
    return best === undefined
      ? []
      : [{ score: best.value * text.scale, label: `${best.name} ${text.value(best.value)}`, colour: "var(--muted)" }];
  });
}

/** Moves labels apart that would lie on each other. */
function spread(lines: readonly Line[], values: readonly number[]): readonly (Line & { readonly at: number })[] {
  const gap = (Math.max(...values) - Math.min(0, ...values)) * 0.06;
  const placed: (Line & { readonly at: number })[] = [];
  for (const line of lines.toSorted((a, b) => a.score - b.score)) {
    const below = placed.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    placed.push({ ...line, at: Math.max(line.score, below + gap) });
  }
  return placed;
}
