/** Merging of 374 M-parameter checkpoints: `merganser merge` beside `mergekit-yaml`, run by turns. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { BenchCase, BenchOptions } from "./bench-case.ts";
import { type Measurement, measure } from "./measure.ts";
import { dropPageCache } from "./page-cache.ts";

const SEED = "7";
const MERGANSER = join(import.meta.dirname, "..", "bin", "merganser.mjs");

type PerModel = Readonly<Record<string, number | readonly number[]>>;

function recipe(method: string, names: readonly string[], per: PerModel, rest: readonly string[]): string {
  const models = names.map((name, m) => {
    const settings = Object.entries(per).map(
      ([key, value]) => `${key}: ${typeof value === "number" ? value : value[m]}`,
    );
    return `  - model: ${name}\n${settings.length > 0 ? `    parameters: {${settings.join(", ")}}\n` : ""}`;
  });
  return [`merge_method: ${method}`, "models:", models.join("").trimEnd(), ...rest, "dtype: bfloat16", ""].join("\n");
}

const THREE = ["e1", "e2", "e3"];
const OVER_BASE = ["base_model: base"];
const SPARSE = { weight: 0.4, density: 0.5 };
const RANKED = { ...SPARSE, epsilon: 0.1 };

/** The recipes of the peers' published timings. */
const CASES: Readonly<Record<string, string>> = {
  passthrough: recipe("passthrough", ["e1"], {}, []),
  linear: recipe("linear", THREE, { weight: [0.5, 0.3, 0.2] }, []),
  slerp: recipe("slerp", ["base", "e1"], {}, [...OVER_BASE, "parameters: {t: 0.4}"]),
  nuslerp: recipe("nuslerp", ["e1", "e2"], { weight: 0.5 }, []),
  model_stock: recipe("model_stock", THREE, {}, OVER_BASE),
  task_arithmetic: recipe("task_arithmetic", THREE, { weight: 0.4 }, OVER_BASE),
  ties: recipe("ties", THREE, SPARSE, OVER_BASE),
  della: recipe("della", THREE, RANKED, OVER_BASE),
  breadcrumbs_ties: recipe("breadcrumbs_ties", THREE, { ...SPARSE, gamma: 0.01 }, OVER_BASE),
  sce: recipe("sce", THREE, {}, [...OVER_BASE, "parameters: {select_topk: 0.5}"]),
  dare_linear: recipe("dare_linear", THREE, SPARSE, OVER_BASE),
  dare_ties: recipe("dare_ties", THREE, SPARSE, OVER_BASE),
};

/** Measures every case; the shortest of `runs` counts. */
export async function benchMerge({
  operands,
  peer,
  runs,
  only,
  cold,
  note,
}: BenchOptions): Promise<readonly BenchCase[]> {
  const models = resolve(operands[0]!);
  // Beside the models, so that both write to the disk they read from.
  const work = mkdtempSync(join(dirname(models), "merganser-bench-"));
  try {
    const names = Object.keys(CASES).filter((name) => only.length === 0 || only.includes(name));
    const rows: BenchCase[] = [];
    const setup: Setup = { models, work, peer, runs, prepare: cold ? dropPageCache : () => {} };
    if (only.length === 0 || only.includes(COPY)) rows.push(await benchCopy(setup));
    for (const name of names) {
      rows.push(await benchCase(name, setup));
      note(JSON.stringify(rows.at(-1)));
    }
    return rows;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What a merge of three can hardly be faster than: their bytes read once, and those of one written. */
const COPY = "cat_and_cp";

async function benchCopy({ models, work, runs, prepare }: Setup): Promise<BenchCase> {
  const inputs = THREE.map((name) => `'${join(models, name)}'/*.safetensors`).join(" ");
  const command = `cat ${inputs} >/dev/null && mkdir copy && cp '${join(models, "e1")}'/*.safetensors copy/`;
  const taken: Measurement[] = [];
  for (let run = 0; run < runs; run++) {
    prepare();
    taken.push(await measure("sh", ["-c", command], work));
    rmSync(join(work, "copy"), { recursive: true });
  }
  return { name: COPY, seconds: round(shortest(taken).seconds), rss_mib: 0 };
}

interface Setup {
  readonly models: string;
  readonly work: string;
  readonly peer: string | undefined;
  readonly runs: number;
  /** Called before each run. */
  readonly prepare: () => void;
}

async function benchCase(name: string, { models, work, peer, runs, prepare }: Setup): Promise<BenchCase> {
  const file = join(work, `${name}.yml`);
  // Absolute paths, since mergekit asks the hub about a name that could be an id.
  writeFileSync(
    file,
    CASES[name]!.replaceAll(/(model: |base_model: )(\w+)/g, (_, key, model) => key + join(models, model)),
  );
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let run = 0; run < runs; run++) {
    const out = join(work, `${name}-ours`);
    prepare();
    ours.push(await measure(process.execPath, [MERGANSER, "merge", file, out, "--seed", SEED], models));
    rmSync(out, { recursive: true, force: true });
    if (peer === undefined) continue;
    const peerOut = join(work, `${name}-peer`);
    prepare();
    theirs.push(await measure(resolve(peer), [file, peerOut, "--quiet", "--random-seed", SEED], models));
    rmSync(peerOut, { recursive: true, force: true });
  }
  const best = shortest(ours);
  const row = {
    name,
    seconds: round(best.seconds),
    cpu_seconds: round(best.cpuSeconds),
    rss_mib: Math.max(...ours.map((m) => m.rssMib)),
  };
  if (theirs.length === 0) return row;
  const peerBest = shortest(theirs);
  return {
    ...row,
    peer_seconds: round(peerBest.seconds),
    ratio: round(peerBest.seconds / best.seconds),
    peer_cpu_seconds: round(peerBest.cpuSeconds),
    cpu_ratio: round(peerBest.cpuSeconds / best.cpuSeconds),
    peer_rss_mib: Math.max(...theirs.map((m) => m.rssMib)),
  };
}

function shortest(measurements: readonly Measurement[]): Measurement {
  return measurements.reduce((best, next) => (next.seconds < best.seconds ? next : best));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
