/** `filter_list` and `metric_list`: from what a model answered to the values of an item. */

import { z } from "zod";
import { CodedError } from "../base/errors.ts";
import { nearestName } from "../base/nearest.ts";
import { evaluateErrors } from "./errors.ts";
import { FILTERS } from "./filters/index.ts";
import type { Item } from "./item.ts";
import { METRICS } from "./metrics/index.ts";
import type { Aggregation, AnyMetric, Measures } from "./metrics/metric.ts";
import type { Place } from "./place.ts";
import { type OutputType, problemsOf, type TaskKeys, unknownKey } from "./task-keys.ts";
import type { KeyPath, TaskSource } from "./task-source.ts";

/** Filters, one after another. */
export interface Pipeline {
  readonly name: string;
  /** @param responses - as many as the task's `repeats`. @returns the first that is left; empty if none is. */
  readonly run: (responses: readonly string[], item: Item) => string;
}

/** A metric with its settings. */
export interface MetricUse {
  readonly metric: AnyMetric;
  readonly measures: Measures;
  /** Of the items' values. */
  readonly aggregation: Aggregation;
  /** Makes the score from sums over the items; undefined where the aggregation of values does. */
  readonly pool: ((sums: readonly number[]) => number) | undefined;
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
  loglikelihood_rolling: ["word_perplexity", "byte_perplexity", "bits_per_byte"],
};

/** Metrics and filters that the harness has and we do not. */
const LATER = new Set("likelihood bypass acc_all regex_pos format_span custom decontaminate".split(" "));

/** Sets up filters and metrics; what is wrong is added to `problems`, and left out of the result. */
export function beginScoring(keys: TaskKeys, source: TaskSource, problems: CodedError[]): Scoring {
  const report = (error: CodedError): void => {
    problems.push(error);
  };
  return { pipelines: beginPipelines(keys, source, report), metrics: beginMetrics(keys, source, report) };
}

type Report = (error: CodedError) => void;

const NO_FILTERS: Pipeline = { name: "none", run: ([first = ""]) => first };

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
    const run: Pipeline["run"] = (responses, item) =>
      steps.reduce((texts, step) => step(texts, item), responses)[0] ?? "";
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
    const aggregated = readAggregation(metric, aggregation, at);
    return begin(metric, settings, at).flatMap((measures) => {
      if (measures[keys.output_type] !== undefined)
        return [{ metric, measures, ...aggregated, higherIsBetter: higher_is_better ?? metric.higherIsBetter }];
      const fitting = DEFAULT_METRICS[keys.output_type];
      const where = source.at([...at.path, "metric"]);
      report(evaluateErrors.unfit_metric({ where, metric: name, outputType: keys.output_type, fitting }));
      return [];
    });
  });
}

/** Aggregations that any metric of single values may be given. */
const OF_VALUES = ["mean", "nanmean", "median"] as const;

function readAggregation(
  metric: AnyMetric,
  given: string | undefined,
  { path, source, report }: At,
): Pick<MetricUse, "aggregation" | "pool"> {
  const own = { aggregation: metric.aggregation, pool: metric.pool };
  const name = metric.aggregationName ?? "mean";
  if (given === undefined || given === name) return own;
  const other = metric.pool === undefined ? OF_VALUES.find((each) => each === given) : undefined;
  if (other !== undefined) return { aggregation: other, pool: undefined };
  const known = metric.pool === undefined && name === "mean" ? OF_VALUES : [name];
  const expected = `${known.map((each) => `"${each}"`).join(" or ")} for "${metric.name}"`;
  const where = source.at([...path, "aggregation"]);
  report(evaluateErrors.bad_value({ where, key: "aggregation", got: `"${given}"`, expected }));
  return own;
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
