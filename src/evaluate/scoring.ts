/** `filter_list` and `metric_list`: from what a model answered to the values of an item. */

import { z } from "zod";
import { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { evaluateErrors } from "./errors.ts";
import { FILTERS } from "./filters/index.ts";
import { METRICS } from "./metrics/index.ts";
import type { AnyMetric, Measures } from "./metrics/metric.ts";
import type { Place } from "./place.ts";
import { type OutputType, problemsOf, type TaskKeys, unknownKey } from "./task-keys.ts";
import type { KeyPath, TaskSource } from "./task-source.ts";

/** Filters, one after another. */
export interface Pipeline {
  readonly name: string;
  readonly run: (response: string) => string;
}

/** A metric with its settings. */
export interface MetricUse {
  readonly metric: AnyMetric;
  readonly measures: Measures;
  readonly higherIsBetter: boolean;
}

/** Every pipeline's outcome is measured by every metric. Neither list is empty. */
export interface Scoring {
  readonly pipelines: readonly Pipeline[];
  readonly metrics: readonly MetricUse[];
}

/** The name of a score: the metric's, with the pipeline's behind it where there are several. */
export function scoreName(scoring: Scoring, pipeline: Pipeline, use: MetricUse): string {
  return scoring.pipelines.length === 1 ? use.metric.name : `${use.metric.name},${pipeline.name}`;
}

const DEFAULT_METRICS: Readonly<Record<OutputType, readonly string[]>> = {
  generate_until: ["exact_match"],
  multiple_choice: ["acc", "acc_norm"],
  loglikelihood: ["perplexity", "acc"],
};

/** Metrics and filters that the harness has and we do not have yet. */
const LATER = new Set(
  (
    "f1 mcc brier_score bleu chrf ter word_perplexity byte_perplexity bits_per_byte acc_mutual_info likelihood bypass " +
    "acc_all rouge_l numeric_match multi_choice_regex regex_pos format_span custom decontaminate"
  ).split(" "),
);

/** Sets up filters and metrics; what is wrong is added to `problems`, and left out of the result. */
export function beginScoring(keys: TaskKeys, source: TaskSource, problems: CodedError[]): Scoring {
  const report = (error: CodedError): void => {
    problems.push(error);
  };
  return { pipelines: beginPipelines(keys, source, report), metrics: beginMetrics(keys, source, report) };
}

type Report = (error: CodedError) => void;

const NO_FILTERS: Pipeline = { name: "none", run: (response) => response };

const PIPELINE_KEYS = z.strictObject({
  name: z.string("a text"),
  filter: z.array(
    z.looseObject({ function: z.string("the name of a filter") }),
    "a list of mappings, each with a function",
  ),
});

function beginPipelines(keys: TaskKeys, source: TaskSource, report: Report): readonly Pipeline[] {
  if (keys.filter_list === undefined) return [NO_FILTERS];
  return keys.filter_list.flatMap((entry, i) => {
    const path = ["filter_list", i];
    const given = check(PIPELINE_KEYS, entry, { path, source, report });
    if (given === undefined) return [];
    const steps = given.filter.flatMap(({ function: name, ...settings }, step) => {
      const at = { path: [...path, "filter", step], source, report };
      if (keys.output_type !== "generate_until" && name !== "take_first") {
        const what = `the filter "${name}" with "output_type: ${keys.output_type}"`;
        report(evaluateErrors.not_supported({ where: source.at(at.path), what, fix: "remove it" }));
      }
      const filter = find(FILTERS, name, { ...at, kind: "filter", nameKey: "function" });
      return filter === undefined ? [] : begin(filter, settings, at);
    });
    const run = (response: string): string =>
      steps.reduce((texts, step) => step(texts), [response] as readonly string[])[0]!;
    return [{ name: given.name, run }];
  });
}

const METRIC_KEYS = z.looseObject({
  metric: z.string("the name of a metric"),
  aggregation: z.string("the name of an aggregation").optional(),
  higher_is_better: z.boolean("true or false").optional(),
  hf_evaluate: z.literal(false, "false, since nothing is downloaded").optional(),
});

function beginMetrics(keys: TaskKeys, source: TaskSource, report: Report): readonly MetricUse[] {
  const given = keys.metric_list ?? DEFAULT_METRICS[keys.output_type].map((metric) => ({ metric }));
  return given.flatMap((entry, i) => {
    const at = { path: ["metric_list", i], source, report };
    const checked = check(METRIC_KEYS, entry, at);
    if (checked === undefined) return [];
    const { metric: name, aggregation, higher_is_better, hf_evaluate: _, ...settings } = checked;
    const metric = find(METRICS, name, { ...at, kind: "metric", nameKey: "metric" });
    if (metric === undefined) return [];
    checkAggregation(metric, aggregation, at);
    return begin(metric, settings, at).flatMap((measures) => {
      if (measures[keys.output_type] !== undefined)
        return [{ metric, measures, higherIsBetter: higher_is_better ?? metric.higherIsBetter }];
      const fitting = DEFAULT_METRICS[keys.output_type];
      const where = source.at([...at.path, "metric"]);
      report(evaluateErrors.unfit_metric({ where, metric: name, outputType: keys.output_type, fitting }));
      return [];
    });
  });
}

function checkAggregation(metric: AnyMetric, given: string | undefined, { path, source, report }: At): void {
  const own = metric.aggregation === "proportion" ? "mean" : metric.aggregation;
  if (given === undefined || given === own) return;
  const where = source.at([...path, "aggregation"]);
  report(
    evaluateErrors.bad_value({
      where,
      key: "aggregation",
      got: `"${given}"`,
      expected: `"${own}" for "${metric.name}"`,
    }),
  );
}

/** A place in the task file, and where to say what is wrong there. */
interface At {
  readonly path: KeyPath;
  readonly source: TaskSource;
  readonly report: Report;
}

interface Plugin<R> {
  readonly name: string;
  readonly settings: z.ZodType<unknown>;
  begin(settings: unknown, at: Place): R;
}

/** @returns no or one element. */
function begin<R>(plugin: Plugin<R>, given: unknown, { path, source, report }: At): readonly R[] {
  const known = plugin.settings instanceof z.ZodObject ? Object.keys(plugin.settings.shape) : [];
  const settings = check(plugin.settings, given, { path, source, report }, known);
  if (settings === undefined) return [];
  try {
    return [plugin.begin(settings, (setting) => source.at(setting === undefined ? path : [...path, setting]))];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report(error);
    return [];
  }
}

function check<T>(
  schema: z.ZodType<T>,
  given: unknown,
  { path, source, report }: At,
  known: readonly string[] = [],
): T | undefined {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) {
    if (issue.code === "unrecognized_keys") for (const key of issue.keys) report(unknownKey(key, path, source, known));
    else for (const problem of problemsOf(issue, source, path)) report(problem);
  }
  return undefined;
}

function find<P extends { readonly name: string }>(
  plugins: readonly P[],
  name: string,
  { path, source, report, kind, nameKey }: At & { readonly kind: "filter" | "metric"; readonly nameKey: string },
): P | undefined {
  const found = plugins.find((plugin) => plugin.name === name);
  if (found !== undefined) return found;
  const where = source.at([...path, nameKey]);
  const known = plugins.map((plugin) => plugin.name);
  if (LATER.has(name)) {
    const fix = `use one of ${known.join(", ")}`;
    report(evaluateErrors.not_supported({ where, what: `the ${kind} "${name}"`, fix }));
  } else report(evaluateErrors.unknown_name({ where, kind, name, nearest: nearestName(name, known), known }));
  return undefined;
}
