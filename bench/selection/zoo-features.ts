/** The figures that `merganser select` learns from, of all pairs of the zoo. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { openSelection } from "../../src/cli/select-run.ts";
import type { Features } from "../../src/select/features/pair-features.ts";
import { SEARCH_ITEMS, ZOO_TASKS, zooFolder, zooModels, zooTaskFile } from "./zoo-bench.ts";
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
      limit: SEARCH_ITEMS,
    })),
    probes: PROBES,
    budget: { merges: 1 },
  });
}

/**
 * Measures the figures, or reads them where an earlier run left its passes over the probes.
 *
 * @param scores - path of the score file; passes are kept beside it.
 */
export async function zooFeatures(scores: string): Promise<(a: string, b: string) => Features> {
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
  await using run = openSelection(path, folder, io);
  return await run.features();
}
