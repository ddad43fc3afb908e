/** Results as JSON: the shape of scores is a fixed interface; rows hold everything about an item. */

import type { Json } from "../base/canonical-json.ts";
import { evaluateErrors } from "./errors.ts";
import type { Answer, ItemResult, TaskResult } from "./evaluate-task.ts";
import { groupScores, type ScoredResult } from "./group-score.ts";
import type { Score } from "./score.ts";
import type { TaskGroup } from "./task-group.ts";

/** A score in JSON; what cannot be said is null. */
export interface ScoreJson {
  readonly value: number | null;
  /** Null only where another program scored and did not tell. */
  readonly n: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Scores by task and score name. */
export interface ResultsJson {
  readonly tasks: Readonly<Record<string, Readonly<Record<string, ScoreJson>>>>;
  /** Absent where there are no groups. */
  readonly groups?: ResultsJson["tasks"];
}

/** Returns the scores of some tasks, and of groups of them, as JSON. @throws evaluate/same_name, no_such_score */
export function resultsToJson(results: readonly ScoredResult[], groups: readonly TaskGroup[] = []): ResultsJson {
  const tasks = new Map<string, Record<string, ScoreJson>>();
  for (const { task, scores } of results) {
    if (tasks.has(task.name)) throw evaluateErrors.same_name({ task: task.name });
    tasks.set(task.name, scoresToJson(scores));
  }
  if (groups.length === 0) return { tasks: Object.fromEntries(tasks) };
  const grouped = groups.map((group) => [group.name, scoresToJson(groupScores(group, results))] as const);
  return { tasks: Object.fromEntries(tasks), groups: Object.fromEntries(grouped) };
}

function scoresToJson(scores: Readonly<Record<string, Score>>): Record<string, ScoreJson> {
  return Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, scoreToJson(score)]));
}

/** Returns a score as JSON. */
export function scoreToJson({ value, n, low, high }: Score): ScoreJson {
  return { value: finite(value), n: finite(n), low: finite(low), high: finite(high) };
}

/** Returns the items of some tasks as JSONL, one line an item, in order, with a newline at the end. */
export function itemsToJsonl(results: readonly TaskResult[]): string {
  return results.flatMap((result) => itemRows(result).map((row) => `${JSON.stringify(row)}\n`)).join("");
}

/**
 * Returns the items of a task as rows.
 *
 * Common keys: task, split, index, id (where the item has one), prompt_hash, prompt, target, response, filtered,
 * metrics, truncated, cost. A response is the text written, a list of `[logprob, greedy]` for each choice, or a number.
 */
export function itemRows({ task, items }: TaskResult): readonly { readonly [key: string]: Json }[] {
  return items.map((result) => ({
    task: task.name,
    split: result.item.split,
    index: result.item.index,
    ...(result.item.fields["id"] === undefined ? {} : { id: result.item.fields["id"] }),
    prompt_hash: result.promptHash,
    prompt: result.prompt,
    target: targetOf(result),
    ...responseOf(result.answer),
    metrics: Object.fromEntries(Object.entries(result.values).map(([name, value]) => [name, finite(value)])),
    truncated: result.truncated,
    cost: { requests: result.cost.requests, tokens: result.cost.tokens },
  }));
}

function targetOf({ expected }: ItemResult): Json {
  if (expected.kind === "loglikelihood") return expected.target;
  if (expected.kind === "loglikelihood_rolling") return expected.text;
  if (expected.kind === "multiple_choice") return expected.right.length === 1 ? expected.right[0]! : expected.right;
  return expected.references.length === 1 ? expected.references[0]! : expected.references;
}

function responseOf(answer: Answer): { readonly [key: string]: Json } {
  if (answer.kind === "loglikelihood") return { response: [finite(answer.logprob), answer.greedy] };
  if (answer.kind === "loglikelihood_rolling") return { response: finite(answer.logprob) };
  if (answer.kind === "multiple_choice") {
    const { unconditional } = answer;
    return {
      response: answer.logprobs.map((logprob, i) => [finite(logprob), answer.greedy[i]!]),
      ...(unconditional === undefined ? {} : { unconditional: unconditional.map(finite) }),
    };
  }
  const filtered = Object.values(answer.filtered);
  return {
    response: answer.response,
    filtered: filtered.length === 1 ? filtered[0]! : answer.filtered,
    stopped_by: answer.stoppedBy,
  };
}

/** JSON has no NaN and no infinities. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
