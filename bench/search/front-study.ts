/**
 * Runs the study's search of two objectives: `node bench/search/front-study.ts OUT [--seeds 1,2,…] [--candidates N] [--holdout N] [--optimiser NAME]`.
 *
 * Prints one JSON line a seed. Hypervolumes are of search scores above (0, 0), so that 1 would be all items right in both.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { openSearch } from "../../src/cli/search-run.ts";
import { hypervolume } from "../../src/optim/pareto.ts";
import { evolve } from "../../src/search/evolve.ts";
import type { EvolveOutcome } from "../../src/search/evolve-outcome.ts";
import { objectivesOf } from "../../src/search/objectives.ts";
import { openRunStore } from "../../src/store/run-store.ts";
import { ZOO_ARMS } from "./zoo-arms.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1,2,3,4,5" },
    candidates: { type: "string", default: "60" },
    holdout: { type: "string", default: "200" },
    optimiser: { type: "string", default: "nsga2" },
  },
});
const out = positionals[0] ?? usage();
for (const seed of values.seeds.split(",").map(Number))
  process.stdout.write(`${JSON.stringify(await runFront(seed, Number(values.candidates)))}\n`);

function usage(): never {
  process.stderr.write("usage: node bench/search/front-study.ts OUT [--seeds 1,2,…] [--candidates N] [--holdout N]\n");
  process.exit(2);
}

async function runFront(seed: number, candidates: number) {
  const arm = ZOO_ARMS["front"]!;
  const tasks = (arm["tasks"] as unknown as { file: string }[]).map((task) => ({ ...task, file: cut(task.file) }));
  const optimiser = { name: values.optimiser, population: 10 };
  const file = join(out, `${values.optimiser}-seed-${seed}.yaml`);
  writeFileSync(file, stringify({ ...arm, optimiser, tasks, budget: { evaluations: candidates }, seed }));
  await using run = openSearch(file, {});
  using store = openRunStore(join(out, `${values.optimiser}-seed-${seed}.db`));
  const outcome = await evolve({ ...run, store, signal: new AbortController().signal, now: () => performance.now() });
  const marks = [...new Set([Math.ceil(candidates / 2), candidates])];
  return {
    seed,
    items: outcome.itemEvaluations,
    volume: Object.fromEntries(marks.map((mark) => [mark, volumeAfter(outcome, mark)])),
    front: outcome.front.map(({ evaluation, search, holdout }) => ({ evaluation, search, holdout })),
    holdout: volumeOf(outcome.front.map(({ holdout }) => Object.values(holdout))),
    parents: outcome.parents.map(({ name }) => name),
  };
}

function volumeAfter({ candidates, tasks }: EvolveOutcome, mark: number): number {
  const objectives = objectivesOf(tasks, []);
  const losses = candidates.flatMap(({ evaluation = 0, score, tasks: byTask }) =>
    evaluation > mark || score === undefined ? [] : [objectives.losses({ overall: score, tasks: byTask! })],
  );
  return volumeOf(losses.map((row) => row.map((loss) => -loss)));
}

function volumeOf(points: readonly (readonly number[])[]): number {
  const losses = points.map((point) => point.map((value) => -value));
  const volume = hypervolume(losses, [0, 0]);
  return Math.round(1e4 * volume) / 1e4;
}

/** Writes the task beside the runs, with so few holdout items that every member of a front can meet them. */
function cut(file: string): string {
  const [from, to] = [dirname(file), join(out, "tasks", basename(dirname(file)))];
  mkdirSync(to, { recursive: true });
  for (const name of ["train", "search", "holdout"]) {
    const lines = readFileSync(join(from, `${name}.jsonl`), "utf8").split("\n");
    const kept = name === "holdout" ? lines.slice(0, Number(values.holdout)) : lines;
    writeFileSync(join(to, `${name}.jsonl`), kept.join("\n"));
  }
  const copy = join(to, basename(file));
  writeFileSync(copy, readFileSync(file));
  return copy;
}
