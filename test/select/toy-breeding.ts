import type { Json } from "../../src/base/canonical-json.ts";
import type { BreedRun } from "../../src/select/breed/breed.ts";
import type { BreedStore, Evaluation, Origin } from "../../src/select/breed/breed-pool.ts";
import type { BreedSettings } from "../../src/select/breed/breed-settings.ts";

/** A world in which a model is a list of numbers and a child is the mean of its parents. */
export interface ToyWorld {
  readonly run: BreedRun;
  /** Names of the models that were evaluated in this sitting, in order. */
  readonly evaluated: string[];
  /** Names and origins of the children made in this sitting. */
  readonly merged: { readonly name: string; readonly parents: readonly string[]; readonly mix: number | undefined }[];
}

/** What a toy run may change. */
export interface ToyOptions {
  readonly settings?: Partial<BreedSettings>;
  readonly store?: BreedStore;
  /** By name: the foundation. */
  readonly models: Readonly<Record<string, readonly number[]>>;
  /** @default the mean of the numbers, each number an item */
  readonly score?: (values: readonly number[], name: string) => Evaluation;
  readonly signal?: AbortSignal;
}

/** Makes a toy world. Kinship is the cosine. */
export function toyBreeding({
  settings = {},
  store = memoryEvents(),
  models,
  score = meanOf,
  signal,
}: ToyOptions): ToyWorld {
  const made = new Map(Object.entries(models));
  const evaluated: string[] = [];
  const merged: ToyWorld["merged"] = [];
  // A child is made of its parents alone, so a resumed run can make it again.
  const build = (name: string, origin: Origin): void => {
    const [a, b] = origin.parents.map((parent) => made.get(parent)!);
    const mix = origin.mix ?? 0.5;
    made.set(
      name,
      a!.map((value, i) => (1 - mix) * value + mix * b![i]!),
    );
  };
  const run: BreedRun = {
    settings: { ...DEFAULTS, models: Object.keys(models), ...settings },
    inputs: null,
    store,
    signal: signal ?? new AbortController().signal,
    async merge(name, origin) {
      merged.push({ name, parents: origin.parents, mix: origin.mix });
      build(name, origin);
    },
    async evaluate(name) {
      evaluated.push(name);
      return score(made.get(name)!, name);
    },
    async kinship(a, b) {
      const [x, y] = [made.get(a)!, made.get(b)!];
      const dot = (p: readonly number[], q: readonly number[]): number =>
        p.reduce((sum, value, i) => sum + value * q[i]!, 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    },
  };
  return { run, evaluated, merged };
}

const DEFAULTS: Omit<BreedSettings, "models"> = {
  strategy: "greedy",
  operator: { mergeMethod: "linear", parameters: {}, base: "none", mixing: "weight" },
  topK: 3,
  exploration: "lowest",
  earlyStop: undefined,
  merges: 100,
  generations: 20,
  archiveSize: 4,
  seed: 1,
};

function meanOf(values: readonly number[]): Evaluation {
  return { score: values.reduce((sum, value) => sum + value, 0) / values.length, values };
}

/** Events in memory, through JSON as in the real store. */
export function memoryEvents(): BreedStore {
  const events: { readonly seq: number; readonly kind: string; readonly payload: Json }[] = [];
  return {
    appendEvent(kind, payload) {
      events.push({ seq: events.length + 1, kind, payload: JSON.parse(JSON.stringify(payload)) as Json });
      return events.length;
    },
    events: () => [...events],
  };
}
