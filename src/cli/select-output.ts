import type { Advice } from "../select/learn/advice.ts";
import type { Prediction, Reason } from "../select/learn/selector.ts";
import type { Validation } from "../select/learn/validation.ts";
import { modelsOf, type SequencePlan } from "../select/plan-sequence.ts";
import { formatTable } from "./text-table.ts";

/** A merge in a ranking: predicted where something was learned, else advised on. */
export type RankedMerge = { readonly pair: readonly [string, string] } & (
  | Advice
  | (Prediction & { readonly parents: readonly [number, number]; readonly why: readonly Reason[] })
);

/** A merge that a bandit chose, and what came of it. */
export interface StepResult {
  readonly pair: readonly [string, string];
  readonly operator: string;
  readonly task: string;
  readonly parents: readonly [number, number];
  readonly score: number;
  readonly reward: number;
  readonly expected: number;
  readonly uncertainty: number;
  readonly index: number;
  /** Figures that spoke for or against it; none before anything was learned of the operator. */
  readonly why: readonly Reason[];
  /** Merges that were known when it was chosen. */
  readonly merges: number;
}

/** A value for JSON, with null for numbers that it has no text for. */
export function withoutNaN(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, entry: unknown) =>
      Number.isFinite(entry) || typeof entry !== "number" ? entry : null,
    ),
  );
}

const figure = (value: number, digits = 3): string => (Number.isFinite(value) ? value.toFixed(digits) : "–");
const percent = (value: number): string => (Number.isFinite(value) ? `${(value * 100).toFixed(0)} %` : "–");

/** What `select fit` prints. */
export function describeFit({ learner, policies, closed, pairs, folds, errors }: Validation, path: string): string {
  const rows = policies.map(({ name, score, regret, gapClosed, hits }) => [
    name,
    figure(score, 4),
    figure(regret, 4),
    percent(gapClosed),
    percent(hits),
  ]);
  return [
    `on pairs that were left out (${pairs} pairs in ${folds} parts):`,
    "",
    formatTable([["chosen by", "mean score", "regret", "gap closed", "best chosen"], ...rows]),
    "",
    `from the best fixed operator to the oracle the selector goes ${percent(closed)} of the way`,
    `learner: ${learner} (mean squared errors: ${Object.entries(errors)
      .map(([name, error]) => `${name} ${error.toExponential(1)}`)
      .join(", ")})`,
    `written: ${path}`,
  ].join("\n");
}

/** What `select rank` prints. */
export function describeRanking(ranked: readonly RankedMerge[], task: string): string {
  const [first] = ranked;
  if (first !== undefined && "promise" in first) {
    const rows = ranked.flatMap((merge) =>
      "promise" in merge ? [[merge.pair.join(" × "), figure(merge.promise, 2), merge.suggestion]] : [],
    );
    const reasons = ranked.flatMap((merge) =>
      "promise" in merge ? [`${merge.pair.join(" × ")}: ${merge.reasons.join("; ")}`] : [],
    );
    const remark = "nothing was learned yet; this is advice by rule (kinship, norm ratio, signs), not a prediction";
    return [remark, "", formatTable([["merge", "promise", "operator"], ...rows]), "", ...reasons].join("\n");
  }
  const rows = ranked.flatMap((merge) =>
    "promise" in merge
      ? []
      : [
          [
            merge.pair.join(" × "),
            merge.operator,
            figure(merge.score),
            `${figure(merge.low)} – ${figure(merge.high)}`,
            merge.parents.map((score) => figure(score)).join(", "),
            merge.why.map(describeReason).join(", "),
          ],
        ],
  );
  const heading = ["merge", "operator", "expected", "90 % interval", "parents", "what spoke for it"];
  return [`expected scores on ${task}`, "", formatTable([heading, ...rows])].join("\n");
}

function describeReason({ feature, value, effect }: Reason): string {
  return `${feature} ${figure(value, 2)} (${effect < 0 ? "−" : "+"}${figure(Math.abs(effect))})`;
}

/** What `select plan` prints. @param why - of each step of the first plan. */
export function describePlans(
  plans: readonly SequencePlan[],
  why: readonly (readonly Reason[])[],
  task: string,
  measured: { readonly holdout: number; readonly uniform_holdout: number } | undefined,
): string {
  const rows = plans.map((plan) => [
    String(modelsOf(plan).length),
    plan.steps.reduce((made, { model, operator }) => `${operator}(${made}, ${model})`, plan.first),
    figure(plan.score),
  ]);
  return [
    `plans for ${task}, by expected score`,
    "",
    formatTable([["models", "merge", "expected"], ...rows]),
    ...(why.length === 0 ? [] : ["", "what spoke for the steps of the first:"]),
    ...why.map((reasons, i) => {
      const { model, operator } = plans[0]!.steps[i]!;
      return `${i + 1}. ${operator} with ${model}: ${reasons.map(describeReason).join(", ")}`;
    }),
    ...(measured === undefined
      ? []
      : [
          "",
          `the first, made and scored on holdout items: ${figure(measured.holdout, 4)}; the plain mean of its models: ${figure(measured.uniform_holdout, 4)}`,
        ]),
  ].join("\n");
}

/** What `select step` prints. */
export function describeSteps(results: readonly StepResult[]): string {
  if (results.length === 0) return "every merge of two models was made";
  const rows = results.map(({ pair, operator, task, parents, score, reward, expected, uncertainty, why }) => [
    pair.join(" × "),
    operator,
    task,
    figure(score),
    parents.map((one) => figure(one)).join(", "),
    figure(reward, 2),
    [`expected ${figure(expected, 2)}, uncertain by ${figure(uncertainty, 2)}`, ...why.map(describeReason)].join(", "),
  ]);
  return formatTable([["merge", "operator", "task", "score", "parents", "reward", "why"], ...rows]);
}
