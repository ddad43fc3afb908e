/** Whether a merge still speaks: merges can succeed in every tensor and give gibberish. */

import { textLoss } from "../engine/text-loss.ts";
import type { Model } from "../model/model.ts";
import { openModel } from "../model/open-model.ts";
import { openKernels } from "./open-subject.ts";

/** Nats per byte of a plain text; null where a model cannot be run or gives no numbers. */
export interface SanityReport {
  readonly loss: number | null;
  readonly parents: Readonly<Record<string, number | null>>;
  /** Whether something is wrong. */
  readonly isFarWorse: boolean;
}

/** What the check may use. */
export interface SanityOptions {
  readonly threads: number;
  readonly memoryBytes: number;
  readonly signal: AbortSignal;
}

/** How many times the worst parent's loss is too much. */
const FAR_WORSE = 1.5;

/** @returns undefined where the merge is of a kind that cannot be run. */
export async function checkSanity(
  outPath: string,
  parents: readonly Model[],
  sanity: SanityOptions,
): Promise<SanityReport | undefined> {
  using merged = openModel(outPath);
  const options = { ...sanity, kernels: openKernels() };
  const loss = await textLoss(merged, options);
  if (loss === undefined) return undefined;
  const losses: [string, number | undefined][] = [];
  for (const parent of parents) losses.push([parent.name, await textLoss(parent, options)]);
  return judge(loss, new Map(losses));
}

/** Compares a loss with those of the parents; parents that cannot be run do not count. */
export function judge(loss: number, parents: ReadonlyMap<string, number | undefined>): SanityReport {
  const known = [...parents.values()].filter((each) => each !== undefined && Number.isFinite(each)) as number[];
  const worst = known.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
  const toJson = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  return {
    loss: toJson(loss),
    parents: Object.fromEntries([...parents].map(([name, value]) => [name, toJson(value)])),
    isFarWorse: Number.isNaN(loss) || (known.length > 0 && loss > FAR_WORSE * worst),
  };
}

/** Says what is wrong, in one sentence. */
export function describeSanity(path: string, { loss, parents }: SanityReport): string {
  if (loss === null) return `warning: ${path}: the merged model computes values that are not numbers`;
  const others = Object.entries(parents).flatMap(([name, value]) =>
    value === null ? [] : `${name} ${value.toFixed(2)}`,
  );
  return `warning: ${path}: the merged model reads plain text far worse than its parents (${loss.toFixed(2)} nats per byte; ${others.join(", ")})`;
}
