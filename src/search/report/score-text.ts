import type { Score } from "../../evaluate/score.ts";
import type { ScoredTask } from "../task-evaluation.ts";

/** How scores are written: shares as percentages, everything else as it is. */
export interface ScoreText {
  /** What values are multiplied with before they are drawn. */
  readonly scale: number;
  /** Of the scores, for axes: `exact_match (%)`. */
  readonly axis: string;
  /** `44.2 %` */
  value(value: number): string;
  /** `44.2 % [39.9 to 48.6]` */
  withInterval(score: Score): string;
  /** `39.9 to 48.6` */
  interval(score: Score): string;
  /** `31.2 points`, without a sign. */
  size(value: number): string;
  /** `+31.2 points`, `−0.4 points`, `0.0 points` */
  difference(value: number): string;
}

/** Chooses the form for a search's tasks. */
export function scoreText(tasks: readonly ScoredTask[]): ScoreText {
  const isShare = tasks.every(({ aggregation }) => aggregation === "proportion");
  const metrics = [...new Set(tasks.map(({ metric }) => metric))];
  const name = metrics.length === 1 ? metrics[0]! : "mean score";
  const scale = isShare ? 100 : 1;
  const number = (value: number): string => (isShare ? (value * 100).toFixed(1) : String(Number(value.toPrecision(4))));
  const interval = ({ low, high }: Score): string => `${number(low)} to ${number(high)}`;
  const value = (one: number): string => (isShare ? `${number(one)}\u00a0%` : number(one));
  const size = (one: number): string => `${number(Math.abs(one))}${isShare ? "\u00a0points" : ""}`;
  return {
    scale,
    axis: isShare ? `${name} (%)` : name,
    value,
    interval,
    withInterval: (score) => `${value(score.value)} [${interval(score)}]`,
    size,
    difference: (one) => `${Number(number(one)) === 0 ? "" : one < 0 ? "−" : "+"}${size(one)}`,
  };
}

/** A p-value for people: `p = 0.03`, `p < 0.001`. */
export function pValueText(p: number): string {
  return p < 0.001 ? "p\u00a0<\u00a00.001" : `p\u00a0=\u00a0${Number(p.toPrecision(2))}`;
}
