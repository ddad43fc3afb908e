/** The figures that `merganser select` learns from, of all pairs of the zoo. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type MergeSteps, openSelection } from "../../src/cli/select-run.ts";
import type { Features } from "../../src/select/features/pair-features.ts";
import { SPLIT_ITEMS, ZOO_TASKS, zooFolder, zooModels, zooTaskFile } from "./zoo-bench.ts";
import { PAIR_OPERATORS, ZOO_OPERATORS } from "./zoo-operators.ts";

/** Prompts of each task that every model reads, and tokens of them at most. */
export const PROBES = { per_task: 8, max_tokens: 48 } as const;

/** A selection file of the whole zoo; JSON is YAML. */
function selectionFile(): string {
  const operators = PAIR_OPERATORS.map((name) => {
    const { mergeMethod, parameters, base } = ZOO_OPERATORS[name]!;
    return { name, merge_method: mergeMethod, parameters, base };
  });
  return JSON.stringify({
    base_model: zooFolder("base"),
    models: zooModels().map(zooFolder),
    operators,
    dtype: "bfloat16",
    tasks: ZOO_TASKS.map((task) => ({
      file: zooTaskFile(task),
      metric: "exact_match",
      limit: SPLIT_ITEMS.search,
    })),
    probes: PROBES,
    budget: { merges: 1 },
  });
}

/** Figures of pairs, and of merges that were not written. */
export interface ZooFeatures {
  readonly featuresOf: (a: string, b: string) => Features;
  /** Figures of an intermediate merge with a model, measured on that merge. */
  readonly recompute: (made: MergeSteps, model: string) => Promise<Features>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Measures the figures, or reads them where an earlier run left its passes over the probes.
 *
 * @param scores - path of the score file; passes are kept beside it.
 */
export async function openZooFeatures(scores: string): Promise<ZooFeatures> {
  const folder = dirname(resolve(scores));
  const path = join(folder, "zoo-select.yaml");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, selectionFile());
  const io = {
    print: () => {},
    note: () => {},
    redraw: undefined,
    now: () => performance.now(),
    signal: new AbortController().signal,
    cores: 1,
  };
  const run = openSelection(path, folder, io);
  const known = new Map<string, Promise<Features>>();
  return {
    featuresOf: await run.features(),
    recompute({ first, steps }, model) {
      const own = { first, steps: steps.map(({ model: next, operator }) => ({ model: next, operator })) };
      const key = JSON.stringify([own, model]);
      const features = known.get(key) ?? run.featuresOf(own, model);
      known.set(key, features);
      return features;
    },
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
