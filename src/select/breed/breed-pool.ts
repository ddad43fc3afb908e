import type { Json } from "../../base/canonical-json.ts";

/** How a model came to be. */
export interface Origin {
  readonly role: "foundation" | "pair" | "exploration" | "archive";
  /** 0 for foundation models. */
  readonly generation: number;
  /** The better one first; empty for foundation models. */
  readonly parents: readonly string[];
  /** Share of the second parent, where it is drawn. */
  readonly mix?: number;
}

/** A model of the pool. */
export interface PoolModel extends Origin {
  readonly name: string;
  /** Higher is better; undefined if the model could not be made or scored. */
  readonly score: number | undefined;
  /** Values of the items, in one order for all models; higher is better. */
  readonly values: readonly number[];
  readonly failure: string | undefined;
}

/** What an evaluation gives. */
export interface Evaluation {
  readonly score: number;
  readonly values: readonly number[];
}

/** Where a run's events are kept; `store/` has the real one. */
export interface BreedStore {
  appendEvent(kind: string, payload: Json): number;
  events(): readonly { readonly seq: number; readonly kind: string; readonly payload: Json }[];
}

/** What a pool needs from outside. */
export interface PoolParts {
  readonly store: BreedStore;
  /** Makes a child, or finds it made. Its parents are there. */
  readonly merge: (name: string, origin: Origin) => Promise<void>;
  /** Must give the same for the same model. */
  readonly evaluate: (name: string) => Promise<Evaluation>;
  /** Cosine of the changes of two models from the base. */
  readonly kinship: (a: string, b: string) => Promise<number>;
  readonly signal: AbortSignal;
  readonly onModel?: (model: PoolModel) => void;
}

interface Scored {
  readonly score: number | null;
  readonly values: readonly (number | null)[];
  readonly failure: string | null;
}

/** The models so far. Everything expensive is stored when it is done, and is taken from the store when it is met again. */
export class BreedPool {
  readonly #parts: PoolParts;
  readonly #models = new Map<string, PoolModel>();
  readonly #scored = new Map<string, Scored>();
  readonly #kinship = new Map<string, number>();
  /** Children that are known to be there in this sitting. */
  readonly #made = new Set<string>();

  constructor(parts: PoolParts) {
    this.#parts = parts;
    for (const { kind, payload } of parts.store.events()) {
      const fields = payload as { readonly [key: string]: Json };
      if (kind === "scored") this.#scored.set(String(fields["name"]), fields as unknown as Scored);
      if (kind === "kinship")
        this.#kinship.set(String(fields["pair"]), (fields["value"] as number | null) ?? Number.NaN);
    }
  }

  /** In the order in which they were made. */
  models(): readonly PoolModel[] {
    return [...this.#models.values()];
  }

  /** Children so far, failed ones included. */
  get merges(): number {
    return this.models().filter(({ parents }) => parents.length > 0).length;
  }

  find(name: string): PoolModel {
    return this.#models.get(name)!;
  }

  /** Models with a score, the best first; of equal ones the older. */
  ranked(): readonly (PoolModel & { readonly score: number })[] {
    const scored = this.models().filter(
      (model): model is PoolModel & { readonly score: number } => model.score !== undefined,
    );
    return scored.toSorted((a, b) => b.score - a.score);
  }

  /** Whether two models have a child already, whoever came first. */
  hasChild(a: string, b: string): boolean {
    return this.models().some(({ parents }) => parents.includes(a) && parents.includes(b));
  }

  /** Adds a model: makes it if it has parents, and scores it. A failure is an outcome too, unless the signal was aborted. */
  async add(name: string, origin: Origin): Promise<PoolModel> {
    const known = this.#scored.get(name) ?? (await this.#score(name, origin));
    const model: PoolModel = {
      name,
      ...origin,
      score: known.score ?? undefined,
      values: known.values.map((value) => value ?? Number.NaN),
      failure: known.failure ?? undefined,
    };
    this.#models.set(name, model);
    return model;
  }

  async #score(name: string, origin: Origin): Promise<Scored> {
    const { store, signal, onModel } = this.#parts;
    signal.throwIfAborted();
    const scored = await this.#attempt(name, origin);
    store.appendEvent("scored", { name, ...(scored as unknown as { [key: string]: Json }) });
    onModel?.({
      name,
      ...origin,
      score: scored.score ?? undefined,
      values: [],
      failure: scored.failure ?? undefined,
    });
    return scored;
  }

  async #attempt(name: string, origin: Origin): Promise<Scored> {
    const { evaluate, signal } = this.#parts;
    try {
      await this.#make(name, origin);
      const { score, values } = await evaluate(name);
      if (!Number.isFinite(score)) return { score: null, values: [], failure: "its score is not a number" };
      return { score, values: values.map((value) => (Number.isFinite(value) ? value : null)), failure: null };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return { score: null, values: [], failure: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A run that goes on may have kept its best alone, so whatever a child was made of is made again first. */
  async #make(name: string, origin: Origin): Promise<void> {
    if (origin.parents.length === 0 || this.#made.has(name)) return;
    for (const parent of origin.parents) await this.#make(parent, this.find(parent));
    await this.#parts.merge(name, origin);
    this.#made.add(name);
  }

  /** Kinship of two models; NaN where it is not defined. */
  async kinship(a: string, b: string): Promise<number> {
    const pair = [a, b].toSorted().join(" | ");
    const known = this.#kinship.get(pair);
    if (known !== undefined) return known;
    this.#parts.signal.throwIfAborted();
    for (const name of [a, b]) await this.#make(name, this.find(name));
    const value = await this.#parts.kinship(a, b);
    this.#parts.store.appendEvent("kinship", { pair, value: Number.isFinite(value) ? value : null });
    this.#kinship.set(pair, value);
    return value;
  }

  /** Kinship of several models: the mean over their pairs that have one; NaN for fewer than two models. */
  async meanKinship(names: readonly string[]): Promise<number> {
    const values: number[] = [];
    for (const [a, b] of pairsOf(names)) values.push(await this.kinship(a, b));
    const known = values.filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  }
}

/** All pairs of a list, in order. */
export function pairsOf<T>(list: readonly T[]): readonly (readonly [T, T])[] {
  return list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const));
}
