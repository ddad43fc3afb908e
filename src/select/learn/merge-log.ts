import { canonicalJson, type Json } from "../../base/canonical-json.ts";
import type { BreedStore } from "../breed/breed-pool.ts";
import { selectErrors } from "../errors.ts";
import type { Features } from "../features/pair-features.ts";
import { type Example, pairKey } from "./example.ts";

/** A merge of two models on a task, as the log has it. */
export type LoggedMerge = Omit<Example, "features" | "parents">;

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
        const { model, task, score } = payload as { model: string; task: string; score: number };
        this.#models.set(`${task} ${model}`, score);
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

  /** Score of a model. @throws what scoring raises */
  async modelScore(model: string, task: string): Promise<number> {
    const known = this.#models.get(`${task} ${model}`);
    if (known !== undefined) return known;
    this.#parts.signal.throwIfAborted();
    const score = await this.#parts.scoreModel(model, task);
    this.#parts.store.appendEvent("model", { model, task, score });
    this.#models.set(`${task} ${model}`, score);
    return score;
  }

  /** Makes and scores a merge. @returns its score; NaN if it failed, unless the signal was aborted. */
  async mergeScore(pair: readonly [string, string], operator: string, task: string): Promise<number> {
    const known = this.#merges.get(keyOf({ pair, operator, task }));
    if (known !== undefined) return known.score;
    const { scoreMerge, store, signal } = this.#parts;
    signal.throwIfAborted();
    let score = Number.NaN;
    let failure: string | null = null;
    try {
      score = await scoreMerge(pair, operator, task);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      failure = error instanceof Error ? error.message : String(error);
    }
    store.appendEvent("merge", { pair, operator, task, score: Number.isFinite(score) ? score : null, failure });
    this.#note({ pair, operator, task, score });
    return score;
  }

  /** All merges as examples to learn from. */
  async examples(featuresOf: (a: string, b: string) => Features): Promise<readonly Example[]> {
    const examples: Example[] = [];
    for (const merge of this.merges()) {
      const [a, b] = merge.pair;
      const parents = [await this.modelScore(a, merge.task), await this.modelScore(b, merge.task)] as const;
      examples.push({ ...merge, features: featuresOf(a, b), parents });
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
