import { canonicalJson, type Json } from "../../base/canonical-json.ts";
import type { BreedStore } from "../breed/breed-pool.ts";
import { selectErrors } from "../errors.ts";
import type { Features } from "../features/pair-features.ts";
import { type Example, pairKey } from "./example.ts";

/** A merge of two models on a task, as the log has it. */
export type LoggedMerge = Omit<Example, "features" | "parents">;

/** A model's score, as the store has it. */
interface LoggedModel {
  readonly model: string;
  readonly task: string;
  readonly score: number | null;
  readonly failure?: string | null;
}

/** What a log needs from outside. */
export interface MergeLogParts {
  readonly store: BreedStore;
  /** Whatever decides the scores; a log that was begun with something else is refused. */
  readonly inputs: Json;
  /** Scores a model; higher is better. Must give the same for the same model. */
  readonly scoreModel: (model: string, task: string) => Promise<number>;
  readonly scoreMerge: (pair: readonly [string, string], operator: string, task: string) => Promise<number>;
  readonly signal: AbortSignal;
}

/** Every score that was ever measured in a run. What is in the store is not measured again. */
export class MergeLog {
  readonly #parts: MergeLogParts;
  readonly #models = new Map<string, number>();
  readonly #failures = new Map<string, string>();
  readonly #merges = new Map<string, LoggedMerge>();

  /** @throws select/settings_changed */
  constructor(parts: MergeLogParts) {
    this.#parts = parts;
    const { store, inputs } = parts;
    const [started] = store.events();
    if (started === undefined) store.appendEvent("started", { inputs });
    else assertSame((started.payload as { readonly inputs?: Json }).inputs ?? null, inputs);
    for (const { kind, payload } of store.events()) {
      if (kind === "model") {
        const { model, task, score, failure } = payload as unknown as LoggedModel;
        this.#models.set(`${task} ${model}`, score ?? Number.NaN);
        if (typeof failure === "string") this.#failures.set(`${task} ${model}`, failure);
      }
      if (kind === "merge") this.#note(payload as unknown as LoggedMerge);
    }
  }

  /** Merges in the order in which they were made; failed ones are left out. */
  merges(): readonly LoggedMerge[] {
    return [...this.#merges.values()].filter(({ score }) => Number.isFinite(score));
  }

  /** Whether the merge was tried. */
  knows(pair: readonly [string, string], operator: string, task: string): boolean {
    return this.#merges.has(keyOf({ pair, operator, task }));
  }

  /** Score of a model; NaN if it has none, unless the signal was aborted. */
  async modelScore(model: string, task: string): Promise<number> {
    const key = `${task} ${model}`;
    const known = this.#models.get(key);
    if (known !== undefined) return known;
    const { scoreModel, store } = this.#parts;
    const { score, failure } = await this.#attempt(() => scoreModel(model, task));
    store.appendEvent("model", { model, task, score: Number.isFinite(score) ? score : null, failure });
    this.#models.set(key, score);
    if (failure !== null) this.#failures.set(key, failure);
    return score;
  }

  /** Why a model has no score on a task; undefined if it has one, or was not asked for it. */
  failureOf(model: string, task: string): string | undefined {
    return this.#failures.get(`${task} ${model}`);
  }

  /** Makes and scores a merge. @returns its score; NaN if it failed, unless the signal was aborted. */
  async mergeScore(pair: readonly [string, string], operator: string, task: string): Promise<number> {
    const known = this.#merges.get(keyOf({ pair, operator, task }));
    if (known !== undefined) return known.score;
    const { scoreMerge, store } = this.#parts;
    const { score, failure } = await this.#attempt(() => scoreMerge(pair, operator, task));
    store.appendEvent("merge", { pair, operator, task, score: Number.isFinite(score) ? score : null, failure });
    this.#note({ pair, operator, task, score });
    return score;
  }

  async #attempt(measure: () => Promise<number>): Promise<{ readonly score: number; readonly failure: string | null }> {
    const { signal } = this.#parts;
    signal.throwIfAborted();
    try {
      const score = await measure();
      return { score, failure: Number.isFinite(score) ? null : "its score is not a number" };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return { score: Number.NaN, failure: error instanceof Error ? error.message : String(error) };
    }
  }

  /** All merges as examples to learn from, but those of models without a score. */
  async examples(featuresOf: (a: string, b: string) => Features): Promise<readonly Example[]> {
    const examples: Example[] = [];
    for (const merge of this.merges()) {
      const [a, b] = merge.pair;
      const parents = [await this.modelScore(a, merge.task), await this.modelScore(b, merge.task)] as const;
      if (parents.every(Number.isFinite)) examples.push({ ...merge, features: featuresOf(a, b), parents });
    }
    return examples;
  }

  /** A failed merge has no score in the store. */
  #note({ pair, operator, task, score }: LoggedMerge): void {
    this.#merges.set(keyOf({ pair, operator, task }), { pair, operator, task, score: score ?? Number.NaN });
  }
}

function keyOf({ pair, operator, task }: Pick<LoggedMerge, "pair" | "operator" | "task">): string {
  return canonicalJson([pairKey(pair), operator, task]);
}

function assertSame(before: Json, now: Json): void {
  const [old, own] = [before, JSON.parse(JSON.stringify(now))] as { readonly [key: string]: Json }[];
  const changed = Object.keys({ ...old, ...own }).filter(
    (key) => canonicalJson(old?.[key]) !== canonicalJson(own?.[key]),
  );
  if (changed.length > 0) throw selectErrors.settings_changed({ settings: changed });
}
